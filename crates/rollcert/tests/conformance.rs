//! `docs/conformance.md`: each case has a row, and tests that carry its id in their names. That these exist and run,
//! the test of the ledger finds out.

#![allow(clippy::unwrap_used, reason = "a failed test is to panic")]

use std::fs;
use std::path::Path;

/// The cases: letter, how many, and those of them that are not served yet, as the page says.
const CASES: [(char, u8, &[u8]); 3] = [('V', 24, &[]), ('H', 21, &[]), ('P', 16, &[10])];

#[test]
fn every_case_has_tests_that_carry_its_id() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
    assert_eq!(
        findings(&fs::read_to_string(page).unwrap()),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_missing_is_found() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md"))
            .unwrap();
    let without: String = page
        .lines()
        .filter(|line| !line.starts_with("| H7 "))
        .map(|line| line.replace("::v3_", "::v4_") + "\n")
        .collect();
    assert_eq!(findings(&without), ["V3: no test has its id", "H7: no row"]);
}

fn findings(page: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (letter, count, missing) in CASES {
        for number in (1..=count).filter(|number| !missing.contains(number)) {
            let id = format!("{letter}{number}");
            let Some(row) = page
                .lines()
                .find(|line| line.starts_with(&format!("| {id} |")))
            else {
                findings.push(format!("{id}: no row"));
                continue;
            };
            let wanted = id.to_ascii_lowercase();
            let named = row
                .split('`')
                .filter_map(|text| text.rsplit_once("::"))
                .any(|(_, test)| test.split('_').any(|word| word == wanted));
            if !named {
                findings.push(format!("{id}: no test has its id"));
            }
        }
    }
    findings
}
