use core::hash::Hash;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::members::{Member, Members};

/// The members of a store by one of the facts about them, those with the same one in the order of their thumbprints: what a
/// store answers depends on what it holds, not on how that came in.
///
/// Made when it is first asked, so that nobody pays for what is never looked up, and kept up to date from then on. A few
/// members are gone over one by one.
#[derive(Clone, Debug)]
pub(super) struct Index<Key, Held> {
    keys: fn(&Held) -> Vec<Key>,
    groups: OnceLock<HashMap<Key, Vec<Held>>>,
}

impl<Key: Eq + Hash, Held: Member> Index<Key, Held> {
    /// By what `keys` says of a member.
    pub(super) const fn by(keys: fn(&Held) -> Vec<Key>) -> Self {
        Self {
            keys,
            groups: OnceLock::new(),
        }
    }

    /// Those of `all` with this fact.
    pub(super) fn find(&self, key: &Key, all: &Members<Held>) -> Vec<Held> {
        if let Members::Few(few) = all {
            let has_key = |held: &&Held| (self.keys)(held).contains(key);
            let mut found: Vec<Held> = few.iter().filter(has_key).cloned().collect();
            if found.len() > 1 {
                found.sort_by_key(|held| *held.sha256());
            }
            return found;
        }
        let groups = self.groups.get_or_init(|| {
            let mut groups = HashMap::new();
            for member in all.iter() {
                put(&mut groups, self.keys, member);
            }
            groups
        });
        groups.get(key).cloned().unwrap_or_default()
    }

    /// Takes note of a member that came, or came in place of one with the same octets.
    pub(super) fn insert(&mut self, member: &Held) {
        if let Some(groups) = self.groups.get_mut() {
            put(groups, self.keys, member);
        }
    }

    /// Takes note of one that went.
    pub(super) fn remove(&mut self, member: &Held) {
        let Some(groups) = self.groups.get_mut() else {
            return;
        };
        for key in (self.keys)(member) {
            let Some(group) = groups.get_mut(&key) else {
                continue;
            };
            if let Ok(place) = place_of(group, member) {
                group.remove(place);
            }
            if group.is_empty() {
                groups.remove(&key);
            }
        }
    }
}

fn put<Key: Eq + Hash, Held: Member>(
    groups: &mut HashMap<Key, Vec<Held>>,
    keys: fn(&Held) -> Vec<Key>,
    member: &Held,
) {
    for key in keys(member) {
        let group = groups.entry(key).or_default();
        match place_of(group, member) {
            Ok(place) => {
                if let Some(known) = group.get_mut(place) {
                    known.clone_from(member);
                }
            }
            Err(place) => group.insert(place, member.clone()),
        }
    }
}

fn place_of<Held: Member>(group: &[Held], member: &Held) -> Result<usize, usize> {
    group.binary_search_by_key(&member.sha256(), Held::sha256)
}
