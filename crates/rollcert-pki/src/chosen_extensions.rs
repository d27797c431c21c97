use crate::build_error::BuildError;
use crate::extension::{
    Criticality, EncodedExtension, ExtensionValue, GeneralName, SubjectAlternativeName,
};
use crate::name::Name;

/// The extensions that a caller has chosen for a certificate or a request, besides those of a profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChosenExtensions {
    alternative_names: Vec<GeneralName>,
    extensions: Vec<EncodedExtension>,
}

impl ChosenExtensions {
    pub(crate) fn add_alternative_names(&mut self, names: impl IntoIterator<Item = GeneralName>) {
        self.alternative_names.extend(names);
    }

    pub(crate) fn add(&mut self, extension: EncodedExtension) {
        self.extensions.push(extension);
    }

    /// All extensions in the order in which they are written: the usual ones, with the alternative names
    /// between them and unless another of the same kind was chosen; then the chosen ones.
    pub(crate) fn merged_with(
        &self,
        subject: &Name,
        usual_before: Vec<EncodedExtension>,
        usual_after: Vec<EncodedExtension>,
    ) -> Result<Vec<EncodedExtension>, BuildError> {
        let names = self.alternative_names(subject);
        for (index, extension) in self.extensions.iter().enumerate() {
            let others = self.extensions.iter().take(index).chain(&names);
            if others
                .into_iter()
                .any(|other| other.oid() == extension.oid())
            {
                return Err(BuildError::DuplicateExtension {
                    oid: extension.oid().clone(),
                });
            }
        }
        let is_usual = |extension: &EncodedExtension| {
            !self
                .extensions
                .iter()
                .any(|chosen| chosen.oid() == extension.oid())
        };
        Ok(usual_before
            .into_iter()
            .chain(names)
            .chain(usual_after)
            .filter(is_usual)
            .chain(self.extensions.iter().cloned())
            .collect())
    }

    fn alternative_names(&self, subject: &Name) -> Option<EncodedExtension> {
        // RFC 5280 §4.2.1.6: critical where the subject is empty, else not.
        let criticality = if subject.is_empty() {
            Criticality::Critical
        } else {
            Criticality::NotCritical
        };
        let names = SubjectAlternativeName(self.alternative_names.clone());
        (!names.0.is_empty()).then(|| EncodedExtension::of(&names, criticality))
    }
}

/// The value of the extension of this type.
///
/// The error says that there is one and that it is malformed.
pub(crate) fn find<T: ExtensionValue>(
    extensions: &[EncodedExtension],
) -> Result<Option<T>, crate::asn1::DecodeError> {
    extensions
        .iter()
        .find(|extension| *extension.oid() == T::OID)
        .map(|extension| T::decode(extension.value()))
        .transpose()
}
