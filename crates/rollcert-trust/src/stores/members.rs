use std::collections::BTreeMap;

use rollcert_pki::Thumbprint;

use super::StoredCrl;
use crate::stored::StoredCertificate;

/// What stores hold: something equal by its octets, with a thumbprint that is computed when first asked for.
pub(super) trait Member: Clone + Eq {
    /// SHA-256 over its octets.
    fn sha256(&self) -> &Thumbprint;
}

impl Member for StoredCertificate {
    fn sha256(&self) -> &Thumbprint {
        self.sha256()
    }
}

impl Member for StoredCrl {
    fn sha256(&self) -> &Thumbprint {
        self.sha256()
    }
}

/// The members of a store, each once. Of a few nobody computes a thumbprint before somebody asks for it.
#[derive(Clone, Debug)]
pub(super) enum Members<Held> {
    Few(Vec<Held>),
    Many(BTreeMap<Thumbprint, Held>),
}

impl<Held: Member> Members<Held> {
    /// None.
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// The one with this SHA-256 thumbprint.
    pub(super) fn get(&self, sha256: &Thumbprint) -> Option<&Held> {
        match self {
            Self::Few(few) => few.iter().find(|held| held.sha256() == sha256),
            Self::Many(many) => many.get(sha256),
        }
    }

    /// Whether one with these octets is among them.
    pub(super) fn contains(&self, member: &Held) -> bool {
        match self {
            Self::Few(few) => few.contains(member),
            Self::Many(many) => many.contains_key(member.sha256()),
        }
    }

    /// Puts one in, in place of one with the same octets.
    pub(super) fn insert(&mut self, member: Held) {
        match self {
            Self::Few(few) => {
                if let Some(held) = few.iter_mut().find(|held| **held == member) {
                    *held = member;
                } else if few.len() < MOST {
                    few.push(member);
                } else {
                    let all = few.drain(..).chain([member]);
                    *self = Self::Many(all.map(|held| (*held.sha256(), held)).collect());
                }
            }
            Self::Many(many) => {
                many.insert(*member.sha256(), member);
            }
        }
    }

    /// Takes one out.
    pub(super) fn remove(&mut self, sha256: &Thumbprint) -> Option<Held> {
        match self {
            Self::Few(few) => {
                let place = few.iter().position(|held| held.sha256() == sha256)?;
                Some(few.remove(place))
            }
            Self::Many(many) => many.remove(sha256),
        }
    }

    /// All, in the order of their thumbprints.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Held> {
        let mut all: Vec<&Held> = match self {
            Self::Few(few) => few.iter().collect(),
            // In order already.
            Self::Many(many) => many.values().collect(),
        };
        if all.len() > 1 && matches!(self, Self::Few(_)) {
            all.sort_by_key(|held| held.sha256());
        }
        all.into_iter()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }
}

/// How many are few: these are compared one by one.
const MOST: usize = 8;

#[cfg(test)]
mod tests {
    use rollcert_crypto::DigestAlgorithm;
    use rollcert_crypto::rustcrypto::PROVIDER;

    use super::*;

    impl Member for Thumbprint {
        fn sha256(&self) -> &Thumbprint {
            self
        }
    }

    #[test]
    fn few_and_many_behave_alike() {
        let member = |number: u8| Thumbprint::of(&[number], DigestAlgorithm::Sha256, &PROVIDER);
        let mut members = Members::new();
        let mut expected = BTreeMap::new();
        for number in 0..20 {
            members.insert(member(number));
            members.insert(member(number));
            expected.insert(member(number), ());
            assert_eq!(members.len(), expected.len());
            assert!(members.iter().eq(expected.keys()));
            assert!(members.contains(&member(number)) && !members.contains(&member(100)));
        }
        for number in 0..20 {
            assert_eq!(members.get(&member(number)), Some(&member(number)));
            assert_eq!(members.remove(&member(number)), Some(member(number)));
            assert_eq!(members.remove(&member(number)), None);
            expected.remove(&member(number));
            assert!(members.iter().eq(expected.keys()));
        }
    }
}
