use core::fmt::Display;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::preflight::impact::{Assurance, Break, Caution, Impact, Preflight};
use crate::report::shown::Shown;

impl Serialize for Preflight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Preflight", 4)?;
        let roles: Vec<&str> = self.roles.iter().map(|role| role.code()).collect();
        object.serialize_field("roles", &roles)?;
        object.serialize_field("phase", self.phase.code())?;
        object.serialize_field("cautions", &self.cautions)?;
        object.serialize_field("partners", &self.partners)?;
        object.end()
    }
}

impl Serialize for Impact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Impact", 5)?;
        object.serialize_field("partner", &Shown(&self.partner).to_string())?;
        object.serialize_field("outcome", self.outcome.code())?;
        object.serialize_field("breaks", &self.breaks)?;
        object.serialize_field("cautions", &self.cautions)?;
        object.serialize_field("assurances", &self.assurances)?;
        object.end()
    }
}

impl Serialize for Break {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Break", 4)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("text", &self.to_string())?;
        object.serialize_field("since", self.since.code())?;
        object.serialize_field("remedy", &self.remedy())?;
        object.end()
    }
}

impl Serialize for Caution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        told(serializer, self.code(), self)
    }
}

impl Serialize for Assurance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        told(serializer, self.code(), self)
    }
}

fn told<S: Serializer>(serializer: S, code: &str, fact: &impl Display) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Fact", 2)?;
    object.serialize_field("code", code)?;
    object.serialize_field("text", &fact.to_string())?;
    object.end()
}
