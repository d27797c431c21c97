//! Text from a file, made fit for a terminal.

use core::fmt::Write as _;

/// Longer texts are cut: nobody reads them, and they could push the rest off the screen.
const MOST_CHARACTERS: usize = 1_000;

/// `text` with everything escaped that a terminal would act on, hide or reorder, and cut short.
pub(crate) fn escaped(text: &str) -> String {
    escaped_up_to(text, MOST_CHARACTERS)
}

/// The same of a line that is made of several texts, each cut short before.
pub(crate) fn escaped_line(text: &str) -> String {
    escaped_up_to(text, 16 * MOST_CHARACTERS)
}

fn escaped_up_to(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    for (index, character) in text.chars().enumerate() {
        if index == most {
            shown.push('…');
            break;
        }
        if is_unsafe(character) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A JSON document of the same meaning that a terminal shows as it is.
pub(crate) fn escaped_json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        // Line ends are layout: those inside of strings are escaped already.
        if character == '\n' || !is_unsafe(character) {
            shown.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    shown
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator: invisible.
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Without width, and marks of direction; line and paragraph separators.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            // Invisible operators, isolates, deprecated format characters.
            | '\u{2060}'..='\u{206f}'
            // Byte order mark, annotations, tags, private use that fonts fill as they like.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(
            escaped("Zoë\u{1b}[31m\r\n\u{202e}evil\u{9b}\u{7f}"),
            "Zoë\\u{1b}[31m\\u{d}\\u{a}\\u{202e}evil\\u{9b}\\u{7f}"
        );
        assert_eq!(escaped("漢字 — ñ"), "漢字 — ñ");
    }

    #[test]
    fn a_document_keeps_its_meaning() {
        let value = serde_json::json!({ "é\u{9b}": ["\r\n\u{7f}", "\u{202e}\u{e0041}x"] });
        let shown = escaped_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(
            !shown.contains(|character| character != '\n' && is_unsafe(character)),
            "{shown}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let shown = escaped(&"é".repeat(5_000));
        assert_eq!(shown.chars().count(), MOST_CHARACTERS + 1);
        assert!(shown.ends_with('…'));
    }
}
