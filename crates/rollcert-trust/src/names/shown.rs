use core::fmt::{self, Display, Write};

/// The name as a report shows it: no longer than people read, whatever a certificate holds.
pub(super) fn shown(name: &impl Display) -> String {
    let mut text = Bounded {
        text: String::new(),
        left: MOST_CHARACTERS,
    };
    // An error only says that there was more.
    if write!(text, "{name}").is_err() {
        text.text.push('…');
    }
    text.text
}

/// The first of the names, and how many more there are.
pub(super) fn shown_list<N: Display>(names: impl IntoIterator<Item = N>) -> Vec<String> {
    let mut names = names.into_iter();
    let mut list: Vec<String> = names
        .by_ref()
        .take(MOST_NAMES)
        .map(|name| shown(&name))
        .collect();
    let more = names.count();
    if more > 0 {
        list.push(format!("and {more} more"));
    }
    list
}

struct Bounded {
    text: String,
    left: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for character in part.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(character);
        }
        Ok(())
    }
}

const MOST_CHARACTERS: usize = 255;
const MOST_NAMES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_and_lists_are_cut_and_say_so() {
        let exact = "ä".repeat(MOST_CHARACTERS);
        assert_eq!(shown(&exact), exact);
        assert_eq!(shown(&format!("{exact}b")), format!("{exact}…"));
        assert_eq!(shown_list(["a", "b"]), ["a", "b"]);
        let list = shown_list(["a"; 20]);
        assert_eq!(list.len(), 17);
        assert_eq!(list.last().unwrap(), "and 4 more");
    }
}
