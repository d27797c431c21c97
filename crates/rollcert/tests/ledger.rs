//! Keeps `docs/features.csv` honest: every row is there, and a row that claims something names an API
//! that the sources declare and tests that run. The tests that other pages of `docs/` name must run too.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at the first file that it cannot read"
)]

use core::iter::Peekable;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

/// The groups of the ledger: prefix, digits of the number, rows, and how many of the rows ask nothing of a
/// library (a caption, a person's work, a definition). Rows keep their ids for ever, and the last
/// figure keeps a row from leaving the ledger by being declared not applicable.
const GROUPS: &[(&str, usize, usize, usize)] = &[
    ("SCHED", 2, 37, 2),
    ("CEM", 2, 85, 8),
    ("OFTP", 2, 26, 4),
    ("CIC", 2, 25, 9),
    ("CM", 3, 277, 31),
];

const HEADER: &[&str] = &["id", "status", "api", "tests", "note"];

/// Between the entries of one field.
const SEPARATOR: &str = " ; ";

#[test]
fn the_ledger_tells_the_truth() {
    let ledger = fs::read_to_string(root().join("docs/features.csv")).unwrap();
    assert_eq!(
        findings(&ledger, &Sources::of_the_workspace()),
        Vec::<String>::new()
    );
}

#[test]
fn the_pages_name_tests_that_run() {
    let sources = Sources::of_the_workspace();
    let docs = root().join("docs");
    let mut missing = Vec::new();
    for entry in fs::read_dir(docs).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let page = fs::read_to_string(&path).unwrap();
            let untrue = tests_named_in(&page).filter(|test| !sources.run(test));
            missing.extend(untrue.map(|test| format!("{}: {test}", path.display())));
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn a_page_names_a_test_between_backquotes() {
    let page = "| `crates/rollcert-lamp/tests/light.rs::it_lights` | in `crates/rollcert-lamp` |\n`a::b`, `x.rs::y`";
    assert_eq!(
        tests_named_in(page).collect::<Vec<_>>(),
        ["crates/rollcert-lamp/tests/light.rs::it_lights", "x.rs::y"]
    );
}

#[test]
fn a_row_that_works_names_an_api_and_a_test() {
    assert_eq!(
        findings_of("works", "", "", ""),
        [
            "SCHED-01 works, but names no api",
            "SCHED-01 works, but names no test"
        ]
    );
    assert_eq!(
        findings_of("works", "rollcert_lamp::Lamp::light", LIT, ""),
        Vec::<String>::new()
    );
    assert_eq!(
        findings_of("works", "rollcert_lamp::Lamp::light", "", "it glows"),
        ["SCHED-01 works, but names no test"]
    );
}

#[test]
fn a_partial_row_says_what_is_missing() {
    assert_eq!(
        findings_of("partial", "rollcert_lamp::Lamp", "", ""),
        ["SCHED-01 is partial, but has no note"]
    );
    assert_eq!(
        findings_of("partial", "", "", "no bulb"),
        ["SCHED-01 is partial, but names no api"]
    );
    assert_eq!(
        findings_of("partial", "rollcert_lamp::Lamp", "", "no bulb"),
        Vec::<String>::new()
    );
}

#[test]
fn rows_that_claim_nothing_name_nothing() {
    assert_eq!(
        findings_of("todo", "rollcert_lamp::Lamp", "", ""),
        ["SCHED-01 is todo, but names an api or a test"]
    );
    assert_eq!(
        findings_of("done", "", "", ""),
        ["SCHED-01 has the unknown status `done`"]
    );
}

#[test]
fn every_kind_of_public_item_is_found() {
    for api in [
        "rollcert_lamp::Lamp",
        "rollcert_lamp::Lamp::new",
        "rollcert_lamp::Lamp::MAX_WATTS",
        "rollcert_lamp::Lamp::watts",
        "rollcert_lamp::Lamp::fmt",
        "rollcert_lamp::Lamp::rays",
        "rollcert_lamp::Lamp::light",
        "rollcert_lamp::Colour::Warm",
        "rollcert_lamp::Colour::Mixed",
        "rollcert_lamp::Switch::flip",
        "rollcert_lamp::NEVER",
        "rollcert_lamp::light_all",
        "rollcert_lamp::kit::check",
        "rollcert_lamp::Lamp ; rollcert_lamp::Colour::Warm",
    ] {
        assert_eq!(
            findings_of("works", api, LIT, ""),
            Vec::<String>::new(),
            "{api}"
        );
    }
}

#[test]
fn an_api_that_no_user_can_name_is_refused() {
    for api in [
        "rollcert_lamp",
        "rollcert_torch::Torch",
        "rollcert_lamp::Wick",
        "rollcert_lamp::Lamp::extinguish",
        "rollcert_lamp::Lamp::secret",
        "rollcert_lamp::Lamp::of_the_crate",
        "rollcert_lamp::Lamp::only_in_tests",
        "rollcert_lamp::Lamp::hidden_watts",
        "rollcert_lamp::Colour::Inner",
        "rollcert_lamp::Hidden",
        "rollcert_lamp::Hidden::seen",
        "rollcert_lamp::OnlyInAComment",
        "rollcert_lamp::OnlyInAString",
        "rollcert_lamp::lamp::Lamp",
        "rollcert_lamp::Lamp::light::more",
        "Lamp::light",
    ] {
        assert_eq!(
            findings_of("works", api, LIT, ""),
            [format!(
                "SCHED-01 names the api `{api}`, which no crate offers"
            )]
        );
    }
}

#[test]
fn a_test_that_does_not_run_is_refused() {
    for test in [
        "crates/rollcert-lamp/tests/light.rs::it_sings",
        "crates/rollcert-lamp/tests/light.rs::helper",
        "crates/rollcert-lamp/tests/light.rs::it_is_ignored",
        "crates/rollcert-lamp/tests/light.rs::it_is_ignored_here",
        "crates/rollcert-lamp/tests/light.rs::it_is_commented_out",
        "crates/rollcert-lamp/tests/none.rs::it_lights",
        "crates/rollcert-lamp/tests/light.rs",
        "it_lights",
    ] {
        assert_eq!(
            findings_of("works", "rollcert_lamp::Lamp", test, ""),
            [format!(
                "SCHED-01 names the test `{test}`, which does not run"
            )]
        );
    }
    for test in [
        "crates/rollcert-lamp/tests/light.rs::it_lights",
        "crates/rollcert-lamp/tests/light.rs::it_panics",
        "crates/rollcert-lamp/tests/light.rs::any_lamp_lights",
        "crates/rollcert-lamp/src/lamp.rs::only_in_tests",
        "crates/rollcert-lamp/tests/light.rs::it_lights ; crates/rollcert-lamp/tests/light.rs::it_panics",
    ] {
        assert_eq!(
            findings_of("works", "rollcert_lamp::Lamp", test, ""),
            Vec::<String>::new(),
            "{test}"
        );
    }
}

#[test]
fn rows_that_are_missing_doubled_or_out_of_order_are_found() {
    let whole = ledger_with("todo", "", "", "");
    let sources = sample_sources();
    assert_eq!(findings(&whole, &sources), Vec::<String>::new());

    let missing = whole.replace("CIC-03,todo,,,\n", "");
    assert_eq!(findings(&missing, &sources), ["CIC-03 is missing"]);

    let doubled = whole.replace("CIC-03,todo,,,\n", "CIC-03,todo,,,\nCIC-03,todo,,,\n");
    assert_eq!(findings(&doubled, &sources), ["CIC-03 appears twice"]);

    let swapped = whole.replace(
        "CIC-03,todo,,,\nCIC-04,todo,,,\n",
        "CIC-04,todo,,,\nCIC-03,todo,,,\n",
    );
    assert_eq!(findings(&swapped, &sources), ["CIC-03 stands out of order"]);

    let unknown = whole.replace("CIC-03,", "CIC-99,");
    assert_eq!(
        findings(&unknown, &sources),
        ["CIC-99 is no id of the ledger", "CIC-03 is missing"]
    );

    let headless = whole.replace("id,status", "id,state");
    assert_eq!(
        findings(&headless, &sources),
        ["the header is not id,status,api,tests,note"]
    );
}

#[test]
fn a_row_cannot_leave_by_being_declared_not_applicable() {
    let sources = sample_sources();
    let whole = ledger_with("todo", "", "", "");
    let one_more = whole.replace(
        "CIC-01,todo,,,\n",
        "CIC-01,not-applicable,,,we would rather not\n",
    );
    assert_eq!(
        findings(&one_more, &sources),
        ["10 rows of CIC are not applicable, where 9 are known"]
    );
    let without_note = whole.replace(
        "CIC-25,not-applicable,,,a caption\n",
        "CIC-25,not-applicable,,,\n",
    );
    assert_eq!(
        findings(&without_note, &sources),
        ["CIC-25 is not applicable, but has no note"]
    );
}

#[test]
fn quoted_fields_are_read_as_rfc_4180_says() {
    // RFC 4180 §2: quotes enclose commas, line ends and doubled quotes; lines end in CRLF, or in LF as we write them.
    assert_eq!(
        records("a,\"b, \"\"c\"\"\",d\r\n\"e\nf\",,\n"),
        Ok(vec![
            vec!["a".to_owned(), "b, \"c\"".to_owned(), "d".to_owned()],
            vec!["e\nf".to_owned(), String::new(), String::new()],
        ])
    );
    assert_eq!(
        records("a,\"b"),
        Err("record 1: a quote is never closed".to_owned())
    );
    assert_eq!(
        records("a\n\"b\"c\n"),
        Err("record 2: text follows a closing quote".to_owned())
    );
    assert_eq!(
        records("a\"b\n"),
        Err("record 1: a quote stands in bare text".to_owned())
    );
    assert_eq!(
        findings_of("todo", "", "", "\"one\",two"),
        ["SCHED-01 has 6 fields"]
    );
}

/// What is wrong with the ledger, one sentence each.
fn findings(ledger: &str, sources: &Sources) -> Vec<String> {
    let records = match records(ledger) {
        Ok(records) => records,
        Err(fault) => return vec![fault],
    };
    let mut records = records.iter().map(Vec::as_slice);
    let mut found = Vec::new();
    if records.next()
        != Some(
            &HEADER
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        )
    {
        found.push(format!("the header is not {}", HEADER.join(",")));
    }

    let ids = ids();
    let mut seen = BTreeSet::new();
    let mut highest = 0;
    let mut not_applicable = BTreeMap::<&str, usize>::new();
    for record in records {
        let [id, status, api, tests, note] = record else {
            let id = record.first().map_or("a record", String::as_str);
            found.push(format!("{id} has {} fields", record.len()));
            seen.insert(id);
            continue;
        };
        let Some(place) = ids.iter().position(|known| known == id) else {
            found.push(format!("{id} is no id of the ledger"));
            continue;
        };
        if !seen.insert(id.as_str()) {
            found.push(format!("{id} appears twice"));
        } else if place < highest {
            found.push(format!("{id} stands out of order"));
        }
        highest = highest.max(place);

        if status == "not-applicable" {
            let group = id.split('-').next().unwrap_or(id);
            *not_applicable.entry(group).or_default() += 1;
        }
        found.extend(findings_of_row(
            Row {
                id,
                status,
                api,
                tests,
                note,
            },
            sources,
        ));
    }

    for id in ids.iter().filter(|id| !seen.contains(id.as_str())) {
        found.push(format!("{id} is missing"));
    }
    for (group, _, _, known) in GROUPS {
        let count = not_applicable.get(group).copied().unwrap_or(0);
        if count > *known {
            found.push(format!(
                "{count} rows of {group} are not applicable, where {known} are known"
            ));
        }
    }
    found
}

#[derive(Clone, Copy)]
struct Row<'a> {
    id: &'a str,
    status: &'a str,
    api: &'a str,
    tests: &'a str,
    note: &'a str,
}

fn findings_of_row(row: Row<'_>, sources: &Sources) -> Vec<String> {
    let Row {
        id,
        status,
        api,
        tests,
        note,
    } = row;
    let mut found = Vec::new();
    match status {
        "works" => {
            if api.is_empty() {
                found.push(format!("{id} works, but names no api"));
            }
            if tests.is_empty() {
                found.push(format!("{id} works, but names no test"));
            }
        }
        "partial" => {
            if api.is_empty() {
                found.push(format!("{id} is partial, but names no api"));
            }
            if note.is_empty() {
                found.push(format!("{id} is partial, but has no note"));
            }
        }
        "todo" => {
            if !(api.is_empty() && tests.is_empty()) {
                found.push(format!("{id} is todo, but names an api or a test"));
            }
        }
        "not-applicable" => {
            if note.is_empty() {
                found.push(format!("{id} is not applicable, but has no note"));
            }
            if !(api.is_empty() && tests.is_empty()) {
                found.push(format!(
                    "{id} is not applicable, but names an api or a test"
                ));
            }
        }
        other => found.push(format!("{id} has the unknown status `{other}`")),
    }
    for path in entries(api).filter(|path| !sources.offer(path)) {
        found.push(format!(
            "{id} names the api `{path}`, which no crate offers"
        ));
    }
    for path in entries(tests).filter(|path| !sources.run(path)) {
        found.push(format!("{id} names the test `{path}`, which does not run"));
    }
    found
}

fn entries(field: &str) -> impl Iterator<Item = &str> {
    field.split(SEPARATOR).filter(|entry| !entry.is_empty())
}

/// What stands between backquotes and looks like `path/to/file.rs::function`.
fn tests_named_in(page: &str) -> impl Iterator<Item = &str> {
    page.split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| text.contains(".rs::"))
}

fn ids() -> Vec<String> {
    GROUPS
        .iter()
        .flat_map(|(group, digits, rows, _)| {
            (1..=*rows).map(move |number| format!("{group}-{number:0digits$}"))
        })
        .collect()
}

/// Splits comma-separated values by RFC 4180 §2; line ends may be LF.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    enum Field {
        Bare,
        Quoted,
        /// After a quote within quotes: the end of the field, or the first half of a doubled quote.
        QuoteSeen,
    }

    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut value = String::new();
    let mut field = Field::Bare;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let character = match (character, characters.peek()) {
            ('\r', Some('\n')) if !matches!(field, Field::Quoted) => continue,
            _ => character,
        };
        match (&field, character) {
            (Field::Quoted, '"') => field = Field::QuoteSeen,
            (Field::Quoted, other) => value.push(other),
            (Field::QuoteSeen, '"') => {
                value.push('"');
                field = Field::Quoted;
            }
            (_, ',') => {
                record.push(core::mem::take(&mut value));
                field = Field::Bare;
            }
            (_, '\n') => {
                record.push(core::mem::take(&mut value));
                records.push(core::mem::take(&mut record));
                field = Field::Bare;
            }
            (Field::QuoteSeen, _) => {
                return Err(format!(
                    "record {}: text follows a closing quote",
                    records.len() + 1
                ));
            }
            (Field::Bare, '"') if value.is_empty() => field = Field::Quoted,
            (Field::Bare, '"') => {
                return Err(format!(
                    "record {}: a quote stands in bare text",
                    records.len() + 1
                ));
            }
            (Field::Bare, other) => value.push(other),
        }
    }
    if matches!(field, Field::Quoted) {
        return Err(format!(
            "record {}: a quote is never closed",
            records.len() + 1
        ));
    }
    if !(record.is_empty() && value.is_empty()) {
        record.push(value);
        records.push(record);
    }
    Ok(records)
}

/// The Rust sources of the workspace, and what its crates declare.
struct Sources {
    /// By path from the repository's root.
    files: BTreeMap<String, String>,
    /// By name, as `use` spells it.
    crates: BTreeMap<String, Crate>,
}

struct Crate {
    /// Of `lib.rs` alone.
    surface: Declarations,
    /// Of all its files.
    declared: Declarations,
}

impl Sources {
    fn new(files: BTreeMap<String, String>) -> Self {
        let mut crates = BTreeMap::new();
        for (path, library) in &files {
            let Some(folder) = path.strip_suffix("lib.rs") else {
                continue;
            };
            let Some(name) = folder
                .strip_prefix("crates/")
                .and_then(|rest| rest.strip_suffix("/src/"))
            else {
                continue;
            };
            let mut declared = Declarations::default();
            for (_, source) in files.iter().filter(|(file, _)| file.starts_with(folder)) {
                declared.collect(&mut Cursor::of(source), None);
            }
            let surface = Declarations::of(library);
            crates.insert(name.replace('-', "_"), Crate { surface, declared });
        }
        Self { files, crates }
    }

    fn of_the_workspace() -> Self {
        let root = root();
        let mut files = BTreeMap::new();
        let mut waiting = vec![root.join("crates"), root.join("examples")];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path
                        .strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned();
                    files.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        Self::new(files)
    }

    /// Whether a user of the crate can name the item: `rollcert_crate::Item`, `rollcert_crate::Type::member`, or
    /// either of them behind one public module.
    ///
    /// The item must be declared `pub` (or be a member of a trait, or of its implementation) outside `cfg(test)`, and
    /// `lib.rs` must declare or re-export it or the module it is in. Items that a macro declares are not seen.
    fn offer(&self, path: &str) -> bool {
        let mut segments = path.split("::");
        let Some(Crate { surface, declared }) =
            segments.next().and_then(|name| self.crates.get(name))
        else {
            return false;
        };

        let mut segments: Vec<&str> = segments.collect();
        let in_public_module = segments.len() > 1
            && segments
                .first()
                .is_some_and(|first| surface.modules.contains(*first));
        if in_public_module {
            segments.remove(0);
        }
        let at_the_surface = |item: &str| {
            in_public_module || surface.exports.contains(item) || surface.items.contains(item)
        };
        match segments.as_slice() {
            [item] => declared.items.contains(*item) && at_the_surface(item),
            [item, member] => {
                declared.items.contains(*item)
                    && at_the_surface(item)
                    && declared
                        .members
                        .contains(&((*item).to_owned(), (*member).to_owned()))
            }
            _ => false,
        }
    }

    /// Whether `cargo test` runs the function: `path/to/file.rs::function`, a test and not ignored.
    fn run(&self, path: &str) -> bool {
        let Some((file, function)) = path.rsplit_once("::") else {
            return false;
        };
        self.files
            .get(file)
            .is_some_and(|source| runs(source, function))
    }
}

/// What a source declares to its users.
#[derive(Default)]
struct Declarations {
    items: BTreeSet<String>,
    /// Type or trait, and member: function, constant, variant or field.
    members: BTreeSet<(String, String)>,
    modules: BTreeSet<String>,
    /// Every name in a `pub use`.
    exports: BTreeSet<String>,
}

/// The type or trait around a declaration; the members of a trait are as public as itself.
struct Owner {
    name: String,
    is_trait: bool,
}

impl Declarations {
    fn of(source: &str) -> Self {
        let mut declarations = Self::default();
        declarations.collect(&mut Cursor::of(source), None);
        declarations
    }

    fn collect(&mut self, cursor: &mut Cursor, owner: Option<&Owner>) {
        let mut public = false;
        let mut for_tests = false;
        while let Some(token) = cursor.next() {
            let mut unseen = Self::default();
            let target = if for_tests { &mut unseen } else { &mut *self };
            match token.as_str() {
                "#" => {
                    cursor.take_if("!");
                    for_tests |= cursor.group().concat() == "cfg(test)";
                    continue;
                }
                "pub" => {
                    public = !cursor.is_at("(");
                    if !public {
                        cursor.group();
                    }
                    continue;
                }
                "async" | "unsafe" | "extern" | "default" => continue,
                "const" if cursor.is_at("fn") || cursor.is_at("unsafe") => continue,
                "fn" | "const" | "static" | "type" => {
                    target.declare(cursor.next(), owner, public);
                    cursor.skip_item();
                }
                "struct" | "union" => {
                    let name = cursor.next().unwrap_or_default();
                    target.declare(Some(name.clone()), None, public);
                    let body = cursor.skip_item();
                    target.fields(&name, body);
                }
                "enum" => {
                    let name = cursor.next().unwrap_or_default();
                    target.declare(Some(name.clone()), None, public);
                    let body = cursor.skip_item();
                    target.variants(&name, body);
                }
                "trait" => {
                    let name = cursor.next().unwrap_or_default();
                    target.declare(Some(name.clone()), None, public);
                    let body = cursor.skip_item();
                    target.collect(
                        &mut Cursor::over(body),
                        Some(&Owner {
                            name,
                            is_trait: true,
                        }),
                    );
                }
                "impl" => {
                    let owner = implementing(cursor.until_body());
                    let body = cursor.group();
                    target.collect(&mut Cursor::over(body), Some(&owner));
                }
                "mod" => {
                    let name = cursor.next().unwrap_or_default();
                    if public {
                        target.modules.insert(name);
                    }
                    let body = cursor.skip_item();
                    target.collect(&mut Cursor::over(body), None);
                }
                "use" => {
                    let names = cursor.until_semicolon();
                    if public {
                        target.exports.extend(names);
                    }
                }
                "{" | "(" | "[" => {
                    cursor.rest_of_group(&token);
                }
                _ => {}
            }
            public = false;
            for_tests = false;
        }
    }

    fn declare(&mut self, name: Option<String>, owner: Option<&Owner>, public: bool) {
        let Some(name) = name else {
            return;
        };
        match owner {
            Some(owner) if public || owner.is_trait => {
                self.members.insert((owner.name.clone(), name));
            }
            None if public => {
                self.items.insert(name);
            }
            _ => {}
        }
    }

    fn fields(&mut self, owner: &str, body: Vec<String>) {
        let mut cursor = Cursor::over(body);
        while let Some(token) = cursor.next() {
            match token.as_str() {
                "pub" if !cursor.is_at("(") => {
                    let name = cursor.next().unwrap_or_default();
                    if cursor.is_at(":") {
                        self.members.insert((owner.to_owned(), name));
                    }
                }
                "{" | "(" | "[" => {
                    cursor.rest_of_group(&token);
                }
                _ => {}
            }
        }
    }

    fn variants(&mut self, owner: &str, body: Vec<String>) {
        let mut cursor = Cursor::over(body);
        let mut at_start = true;
        while let Some(token) = cursor.next() {
            match token.as_str() {
                "#" => {
                    cursor.group();
                }
                "," => at_start = true,
                "{" | "(" | "[" => {
                    cursor.rest_of_group(&token);
                }
                _ if at_start => {
                    self.members.insert((owner.to_owned(), token));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
}

/// The type that an `impl` is for, from the tokens between `impl` and its body.
fn implementing(header: Vec<String>) -> Owner {
    let mut depth = 0_usize;
    let mut name = String::new();
    let mut is_trait = false;
    for token in header {
        match token.as_str() {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            "for" if depth == 0 => is_trait = true,
            "where" if depth == 0 => break,
            _ if depth == 0 && is_word(&token) => name = token,
            _ => {}
        }
    }
    Owner { name, is_trait }
}

/// Whether the source declares `function` as a test that is not ignored. A macro around it (`proptest!`) does not matter.
fn runs(source: &str, function: &str) -> bool {
    let mut cursor = Cursor::of(source);
    let mut attributes: Vec<Vec<String>> = Vec::new();
    while let Some(token) = cursor.next() {
        match token.as_str() {
            "#" => {
                cursor.take_if("!");
                attributes.push(cursor.group());
            }
            "pub" | "async" | "unsafe" => {}
            "fn" => {
                let named = cursor.next().is_some_and(|name| name == function);
                let is_test = attributes
                    .iter()
                    .any(|attribute| attribute.last().is_some_and(|last| last == "test"));
                let is_ignored = attributes.iter().flatten().any(|word| word == "ignore");
                if named && is_test && !is_ignored {
                    return true;
                }
                attributes.clear();
            }
            _ => attributes.clear(),
        }
    }
    false
}

/// A walk over the tokens of a source: words and single marks, without comments, and with every literal as `"`.
struct Cursor(Peekable<IntoIter<String>>);

impl Cursor {
    fn of(source: &str) -> Self {
        Self::over(tokens(source))
    }

    fn over(tokens: Vec<String>) -> Self {
        Self(tokens.into_iter().peekable())
    }

    fn next(&mut self) -> Option<String> {
        self.0.next()
    }

    fn is_at(&mut self, token: &str) -> bool {
        self.0.peek().is_some_and(|next| next == token)
    }

    fn take_if(&mut self, token: &str) {
        self.0.next_if(|next| next == token);
    }

    /// The tokens within the brackets that open here, if any do.
    fn group(&mut self) -> Vec<String> {
        match self.0.next_if(|next| closing(next).is_some()) {
            Some(open) => self.rest_of_group(&open),
            None => Vec::new(),
        }
    }

    /// The tokens up to the bracket that closes `open`, which has been read.
    fn rest_of_group(&mut self, open: &str) -> Vec<String> {
        let mut inside = Vec::new();
        let mut awaited: Vec<&str> = closing(open).into_iter().collect();
        while let Some(token) = self.next() {
            if awaited.last().is_some_and(|last| *last == token) {
                awaited.pop();
                if awaited.is_empty() {
                    break;
                }
            }
            awaited.extend(closing(&token));
            inside.push(token);
        }
        inside
    }

    /// Passes to the end of an item, and gives what is within its braces.
    fn skip_item(&mut self) -> Vec<String> {
        let mut angles = 0_usize;
        while let Some(token) = self.next() {
            match token.as_str() {
                ";" => break,
                "{" => return self.rest_of_group("{"),
                // The value of a constant may hold braces of its own; within angles it is `Iterator<Item = u8>`.
                "=" if angles == 0 => {
                    self.until_semicolon();
                    break;
                }
                "<" => angles += 1,
                ">" => angles = angles.saturating_sub(1),
                "(" | "[" => {
                    self.rest_of_group(&token);
                }
                _ => {}
            }
        }
        Vec::new()
    }

    fn until_body(&mut self) -> Vec<String> {
        let mut before = Vec::new();
        while let Some(token) = self.0.next_if(|next| next != "{") {
            before.push(token);
        }
        before
    }

    fn until_semicolon(&mut self) -> Vec<String> {
        let mut before = Vec::new();
        while let Some(token) = self.next() {
            if token == ";" {
                break;
            }
            if closing(&token).is_some() {
                before.extend(self.rest_of_group(&token));
            } else {
                before.push(token);
            }
        }
        before
    }
}

fn closing(open: &str) -> Option<&'static str> {
    match open {
        "{" => Some("}"),
        "(" => Some(")"),
        "[" => Some("]"),
        _ => None,
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

fn tokens(source: &str) -> Vec<String> {
    let characters: Vec<char> = source.chars().collect();
    let at = |place: usize| characters.get(place).copied();
    let mut tokens = Vec::new();
    let mut place = 0;
    while let Some(character) = at(place) {
        match (character, at(place + 1)) {
            ('/', Some('/')) => {
                while at(place).is_some_and(|here| here != '\n') {
                    place += 1;
                }
            }
            ('/', Some('*')) => {
                let mut depth = 0_usize;
                loop {
                    match (at(place), at(place + 1)) {
                        (Some('/'), Some('*')) => {
                            depth += 1;
                            place += 2;
                        }
                        (Some('*'), Some('/')) => {
                            depth -= 1;
                            place += 2;
                        }
                        (Some(_), _) => place += 1,
                        (None, _) => break,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            ('"', _) => {
                place = end_of_string(&characters, place + 1);
                tokens.push("\"".to_owned());
            }
            // A lifetime has no second quote; a character has one after it, or after an escape.
            ('\'', Some('\\')) => {
                place += 3;
                while at(place).is_some_and(|here| here != '\'') {
                    place += 1;
                }
                place += 1;
                tokens.push("\"".to_owned());
            }
            ('\'', _) if at(place + 2) == Some('\'') => {
                place += 3;
                tokens.push("\"".to_owned());
            }
            ('\'', _) => {
                place += 1;
                while at(place).is_some_and(|here| here.is_alphanumeric() || here == '_') {
                    place += 1;
                }
            }
            ('-' | '=', Some('>')) => {
                tokens.push(format!("{character}>"));
                place += 2;
            }
            _ if character.is_alphanumeric() || character == '_' => {
                let mut word = String::new();
                while let Some(here) =
                    at(place).filter(|here| here.is_alphanumeric() || *here == '_')
                {
                    word.push(here);
                    place += 1;
                }
                let hashes = characters
                    .iter()
                    .skip(place)
                    .take_while(|here| **here == '#')
                    .count();
                let is_raw = matches!(word.as_str(), "r" | "br" | "cr");
                if is_raw && at(place + hashes) == Some('"') {
                    place = end_of_raw_string(&characters, place + hashes + 1, hashes);
                    word = "\"".to_owned();
                }
                tokens.push(word);
            }
            _ => {
                if !character.is_whitespace() {
                    tokens.push(character.to_string());
                }
                place += 1;
            }
        }
    }
    tokens
}

fn end_of_string(characters: &[char], start: usize) -> usize {
    let mut place = start;
    loop {
        match characters.get(place) {
            Some('\\') => place += 2,
            Some('"') | None => return place + 1,
            Some(_) => place += 1,
        }
    }
}

fn end_of_raw_string(characters: &[char], start: usize, hashes: usize) -> usize {
    let mut place = start;
    while let Some(here) = characters.get(place) {
        place += 1;
        let closed = characters
            .iter()
            .skip(place)
            .take_while(|next| **next == '#')
            .count()
            >= hashes;
        if *here == '"' && closed {
            return place + hashes;
        }
    }
    place
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

const LIT: &str = "crates/rollcert-lamp/tests/light.rs::it_lights";

fn findings_of(status: &str, api: &str, tests: &str, note: &str) -> Vec<String> {
    findings(&ledger_with(status, api, tests, note), &sample_sources())
}

/// A whole ledger, with the given fields in its first row.
fn ledger_with(status: &str, api: &str, tests: &str, note: &str) -> String {
    let mut ledger = format!("{}\n", HEADER.join(","));
    for (group, digits, rows, not_applicable) in GROUPS {
        for number in 1..=*rows {
            let rest = if ledger.lines().count() == 1 {
                format!("{status},{api},{tests},{note}")
            } else if number > rows - not_applicable {
                "not-applicable,,,a caption".to_owned()
            } else {
                "todo,,,".to_owned()
            };
            ledger.push_str(&format!("{group}-{number:0digits$},{rest}\n"));
        }
    }
    ledger
}

fn sample_sources() -> Sources {
    let library = r##"
        //! pub struct OnlyInAComment;
        mod lamp;
        pub mod kit;
        pub use lamp::{Colour, Lamp, NEVER, OnlyInAComment, OnlyInAString, Switch, light_all};
    "##;
    let lamp = r##"
        /* pub struct OnlyInAComment; /* nested */ pub fn nothing() {} */
        pub struct Hidden;
        impl Hidden { pub fn seen(&self) {} }
        #[derive(Debug)]
        pub struct Lamp<'a, T: Fn(u8) -> u8> where T: Copy { pub watts: u8, hidden_watts: u8, pub(crate) name: &'a T }
        impl<'a, T: Fn(u8) -> u8> Lamp<'a, T> {
            pub const MAX_WATTS: u8 = { 100 };
            pub const fn new() -> Self { fn inner() { let pub_fn = "pub fn extinguish() {"; } todo!() }
            pub(crate) fn of_the_crate(&self) {}
            fn secret(&self) -> char { '"' }
            pub fn rays(&self) -> impl Iterator<Item = u8> { [1, 2].into_iter() }
            pub async fn light(&mut self) where T: Copy { if self.watts > 3 { '\'' } }
        }
        impl<'a, T> core::fmt::Display for Lamp<'a, T> where T: Copy { fn fmt(&self) { r#"pub struct OnlyInAString;"# } }
        #[non_exhaustive]
        pub enum Colour { /** warm */ Warm, #[doc = "cold"] Cold { shade: u8 }, Mixed(Inner, u8) }
        pub trait Switch { const KIND: u8; fn flip(&mut self); }
        pub const NEVER: &str = "pub struct OnlyInAString;";
        pub fn light_all() -> Vec<u8> { Vec::new() }
        #[cfg(test)]
        mod tests {
            impl Lamp { pub fn only_in_tests() {} }
            #[test]
            fn only_in_tests() {}
        }
    "##;
    let kit = "pub fn check() {}";
    let tests = r##"
        fn helper() {}
        #[test]
        fn it_lights() {}
        #[test] #[should_panic(expected = "dark")]
        fn it_panics() {}
        #[test]
        #[ignore = "slow"]
        fn it_is_ignored() {}
        #[cfg_attr(unix, ignore)] #[test]
        fn it_is_ignored_here() {}
        // #[test]
        fn it_is_commented_out() {}
        proptest! {
            #[test]
            fn any_lamp_lights(watts in 0..9_u8) {}
        }
    "##;
    Sources::new(
        [
            ("crates/rollcert-lamp/src/lib.rs", library),
            ("crates/rollcert-lamp/src/lamp.rs", lamp),
            ("crates/rollcert-lamp/src/kit.rs", kit),
            ("crates/rollcert-lamp/tests/light.rs", tests),
        ]
        .map(|(path, source)| (path.to_owned(), source.to_owned()))
        .into(),
    )
}
