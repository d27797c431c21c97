//! Text of others, as long as people read it, and fit for a terminal.
//!
//! A reason keeps such text [`bounded`], as it was written; whoever prints it shows it by [`Shown`] or [`Listed`].

use core::fmt::{self, Display, Write};

/// Text from a certificate or a caller, fit for a terminal and a log: what would be acted on, hidden or reordered is
/// escaped, and nothing is longer than people read.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bounded(f, &self.0, |out, character| {
            if is_deceptive(character) {
                write!(out, "\\u{{{:x}}}", u32::from(character))
            } else {
                out.write_char(character)
            }
        })
    }
}

/// The text as it is written, no longer than [`Shown`] shows of it: what a reason keeps of a name, whatever a certificate
/// holds.
pub(crate) fn bounded(text: &impl Display) -> String {
    let mut kept = String::new();
    // Nothing is refused by a string.
    let _ = write_bounded(&mut kept, text, |out, character| out.write_char(character));
    kept
}

/// The first of the texts, each [`bounded`], and how many more there are: no more than [`Listed`] shows.
pub(crate) fn bounded_list<T: Display>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut texts = texts.into_iter();
    let first = texts.by_ref().take(MOST_ITEMS);
    let mut list: Vec<String> = first.map(|text| bounded(&text)).collect();
    let more = texts.count();
    if more > 0 {
        list.pop();
        list.push(format!("and {} more", more + 1));
    }
    list
}

/// Several, separated by a word; the first of them, if they are many.
pub(crate) struct Listed<'a, T> {
    pub(crate) items: &'a [T],
    /// As in `, ` or ` or `.
    pub(crate) between: &'static str,
    /// For none at all.
    pub(crate) none: &'static str,
}

impl<T: Display> Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.items.is_empty() {
            return f.write_str(self.none);
        }
        for (index, item) in self.items.iter().take(MOST_ITEMS).enumerate() {
            if index > 0 {
                f.write_str(self.between)?;
            }
            write!(f, "{}", Shown(item))?;
        }
        match self.items.len().checked_sub(MOST_ITEMS) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, " and {more} more"),
        }
    }
}

/// Writes the text by `put`, character by character, and an ellipsis in place of what is too long.
fn write_bounded<W: Write>(
    out: &mut W,
    text: &impl Display,
    put: impl Fn(&mut W, char) -> fmt::Result,
) -> fmt::Result {
    let mut bounding = Bounding {
        out,
        put,
        left: MOST_CHARACTERS,
        is_cut: false,
    };
    let written = write!(bounding, "{text}");
    if bounding.is_cut {
        return out.write_char('…');
    }
    written
}

struct Bounding<'a, W, P> {
    out: &'a mut W,
    put: P,
    left: usize,
    is_cut: bool,
}

impl<W: Write, P: Fn(&mut W, char) -> fmt::Result> Write for Bounding<'_, W, P> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for character in part.chars() {
            let Some(left) = self.left.checked_sub(1) else {
                // Stops whoever writes; it is no error of the output.
                self.is_cut = true;
                return Err(fmt::Error);
            };
            self.left = left;
            (self.put)(self.out, character)?;
        }
        Ok(())
    }
}

/// Whether a terminal acts on the character, or shows it as nothing or out of its place.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark, Mongolian vowel separator.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}'
            // Fillers that look like blanks.
            | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            // Without width, and marks of direction; separators of lines and paragraphs.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            // Invisible operators, isolates, deprecated format characters.
            | '\u{2060}'..='\u{206f}'
            // Byte order mark, annotations, tags and variation selectors, private use that fonts fill as they like.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

const MOST_CHARACTERS: usize = 255;
const MOST_ITEMS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(
            Shown("Zoë\u{1b}[31m\r\n\u{202e}evil\u{9b}\u{7f}\u{3164}").to_string(),
            "Zoë\\u{1b}[31m\\u{d}\\u{a}\\u{202e}evil\\u{9b}\\u{7f}\\u{3164}"
        );
        assert_eq!(Shown("漢字 — ñ").to_string(), "漢字 — ñ");
    }

    #[test]
    fn long_texts_and_lists_are_cut_and_say_so() {
        let exact = "ä".repeat(MOST_CHARACTERS);
        assert_eq!(Shown(&exact).to_string(), exact);
        assert_eq!(Shown(format!("{exact}b")).to_string(), format!("{exact}…"));
        let listed = |items: &[u8]| {
            Listed {
                items,
                between: " or ",
                none: "nothing",
            }
            .to_string()
        };
        assert_eq!(listed(&[]), "nothing");
        assert_eq!(listed(&[1, 2]), "1 or 2");
        assert!(listed(&[7; 20]).ends_with(" or 7 and 4 more"));
    }

    #[test]
    fn what_is_kept_is_as_written_and_no_more_than_is_shown() {
        let exact = "ä\u{202e}".repeat(MOST_CHARACTERS);
        let kept = bounded(&exact);
        assert_eq!(kept.chars().count(), MOST_CHARACTERS + 1);
        assert_eq!(kept.trim_end_matches('…').chars().nth(1), Some('\u{202e}'));
        assert_eq!(bounded_list(["a", "b"]), ["a", "b"]);
        let list = bounded_list(["a"; 20]);
        assert_eq!(list.len(), MOST_ITEMS);
        assert_eq!(list.last().unwrap(), "and 5 more");
        let listed = Listed {
            items: &list,
            between: ", ",
            none: "nothing",
        };
        assert!(listed.to_string().ends_with("a, and 5 more"));
    }
}
