//! A map that seldom holds more than a handful.

use core::hash::Hash;
use std::collections::HashMap;

/// A map in which most evaluations find what they look for among the first few: these are compared one by one, which costs
/// less than one hash. Beyond that it is a hash map, whatever a stranger sends.
#[derive(Debug)]
pub(crate) struct Few<Key, Value> {
    entries: Vec<(Key, Value)>,
    /// Where in `entries` each one is, once there are many.
    places: HashMap<Key, usize>,
}

impl<Key: Eq + Hash + Clone, Value> Few<Key, Value> {
    /// What is known of `key`.
    pub(crate) fn get(&self, key: &Key) -> Option<&Value> {
        let place = self.place_of(key)?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// Says it of `key`, unless something was said before. Returns what holds.
    pub(crate) fn insert_new(&mut self, key: Key, value: Value) -> &Value {
        let place = self.place_of(&key).unwrap_or_else(|| {
            self.push(key, value);
            self.entries.len().saturating_sub(1)
        });
        let found = self.entries.get(place);
        &found.expect("a place is one of an entry").1
    }

    fn push(&mut self, key: Key, value: Value) {
        let place = self.entries.len();
        if place == MOST {
            let entries = self.entries.iter().enumerate();
            self.places = entries
                .map(|(place, (key, _))| (key.clone(), place))
                .collect();
        }
        if place >= MOST {
            self.places.insert(key.clone(), place);
        }
        self.entries.push((key, value));
    }

    fn place_of(&self, key: &Key) -> Option<usize> {
        if self.places.is_empty() {
            self.entries.iter().position(|(known, _)| known == key)
        } else {
            self.places.get(key).copied()
        }
    }
}

/// As a set.
impl<Key: Eq + Hash + Clone> Few<Key, ()> {
    /// Puts `key` in. Returns whether it is new.
    pub(crate) fn add(&mut self, key: Key) -> bool {
        let is_new = self.place_of(&key).is_none();
        if is_new {
            self.push(key, ());
        }
        is_new
    }
}

impl<Key, Value> Default for Few<Key, Value> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            places: HashMap::new(),
        }
    }
}

/// How many are compared one by one.
const MOST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_takes_each_once() {
        let mut set = Few::default();
        assert!((0..20).all(|number| set.add(number)));
        assert!(!(0..20).any(|number| set.add(number)));
    }

    #[test]
    fn few_and_many_are_found_alike() {
        let mut map = Few::default();
        for number in 0..100 {
            assert_eq!(map.get(&number), None);
            assert_eq!(*map.insert_new(number, number * 2), number * 2);
            // What was said first holds.
            assert_eq!(*map.insert_new(number, 7), number * 2);
            for known in 0..=number {
                assert_eq!(map.get(&known), Some(&(known * 2)));
            }
        }
    }
}
