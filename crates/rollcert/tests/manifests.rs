//! Holds the manifests of the workspace against the list of who may know whom.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may stop at the first manifest that is not what it seems"
)]

use core::iter;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Which crate may name which, by arrows: a crate may name what its arrows reach, and nothing else of ours.
///
/// `docs/architecture.md` draws the same list. A new crate adds its row here; nothing points sideways or
/// up, so each row names only crates of rows below it. Development dependencies are free: a test may
/// hold two crates against each other.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "rollcert",
        &[
            "rollcert-exchange",
            "rollcert-store",
            "rollcert-sqlite",
            "rollcert-trust",
        ],
    ),
    (
        "rollcert-exchange",
        &[
            "rollcert-schedule",
            "rollcert-as2",
            "rollcert-cem",
            "rollcert-mime",
        ],
    ),
    ("rollcert-sqlite", &["rollcert-store"]),
    ("rollcert-store", &["rollcert-schedule"]),
    ("rollcert-as2", &["rollcert-cms", "rollcert-mime"]),
    ("rollcert-cem", &["rollcert-pki", "rollcert-mime"]),
    ("rollcert-trust", &["rollcert-pki"]),
    ("rollcert-cms", &["rollcert-pki"]),
    ("rollcert-pki", &["rollcert-crypto"]),
    ("rollcert-crypto", &[]),
    ("rollcert-mime", &[]),
    ("rollcert-schedule", &[]),
];

/// The features of `rollcert-crypto` that link algorithms.
const BACKENDS: &[&str] = &["rustcrypto", "aws-lc"];

#[test]
fn every_manifest_keeps_the_rules() {
    let found: Vec<String> = crate_folders()
        .iter()
        .flat_map(|name| violations(name, &manifest(&format!("crates/{name}/Cargo.toml"))))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_list_names_exactly_the_crates_there_are() {
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(crate_folders(), listed);
}

#[test]
fn every_crate_folder_is_a_member_of_the_workspace() {
    let root = manifest("Cargo.toml");
    let members: BTreeSet<&str> = root["workspace"]["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|member| member.as_str()?.strip_prefix("crates/"))
        .collect();
    assert_eq!(
        crate_folders(),
        members.into_iter().map(str::to_owned).collect()
    );
}

#[test]
fn the_workspace_table_switches_no_backend_on() {
    let root = manifest("Cargo.toml");
    let found: Vec<String> = root["workspace"]["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.starts_with("rollcert"))
        .flat_map(|(name, dependency)| backends_named_by(name, dependency))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_arrow_points_sideways_or_up() {
    for (row, (name, arrows)) in ARROWS.iter().enumerate() {
        for arrow in *arrows {
            let below = ARROWS.iter().skip(row + 1).any(|(lower, _)| lower == arrow);
            assert!(below, "{arrow} has no row below that of {name}");
        }
    }
}

#[test]
fn a_dependency_against_the_arrows_is_found() {
    let sideways = "rollcert-as2.workspace = true";
    let reached = "rollcert-crypto.workspace = true";
    assert_eq!(
        violations("rollcert-cem", &sample("rollcert-cem", sideways, "")),
        ["rollcert-cem may not name rollcert-as2"]
    );
    assert_eq!(
        violations("rollcert-cem", &sample("rollcert-cem", reached, "")),
        Vec::<String>::new()
    );
}

#[test]
fn another_name_or_another_table_hides_no_dependency() {
    let renamed = "other = { package = \"rollcert-as2\", version = \"0.1\" }";
    let optional = "[build-dependencies]\nrollcert-exchange.workspace = true";
    let for_one_target = "[target.'cfg(unix)'.dependencies]\nrollcert-store.workspace = true";
    assert_eq!(
        violations("rollcert-cem", &sample("rollcert-cem", renamed, "")),
        ["rollcert-cem may not name rollcert-as2"]
    );
    assert_eq!(
        violations("rollcert-cem", &sample("rollcert-cem", "", optional)),
        ["rollcert-cem may not name rollcert-exchange"]
    );
    assert_eq!(
        violations("rollcert-cem", &sample("rollcert-cem", "", for_one_target)),
        ["rollcert-cem may not name rollcert-store"]
    );
}

#[test]
fn a_backend_switched_on_below_the_facade_is_found() {
    let by_default = "[features]\ndefault = [\"std\"]\nstd = [\"rollcert-crypto/rustcrypto\"]";
    let by_dependency = "rollcert-crypto = { workspace = true, features = [\"rustcrypto\"] }";
    let of_its_own = "[features]\ndefault = [\"rustcrypto\"]\nrustcrypto = []";
    let on_demand = "[features]\nrustcrypto = [\"rollcert-crypto/rustcrypto\"]";
    assert_eq!(
        violations("rollcert-pki", &sample("rollcert-pki", "", by_default)),
        ["rollcert-pki switches rollcert-crypto/rustcrypto on by default"]
    );
    assert_eq!(
        violations("rollcert-pki", &sample("rollcert-pki", by_dependency, "")),
        ["rollcert-crypto comes with its backend rustcrypto"]
    );
    assert_eq!(
        violations(
            "rollcert-crypto",
            &sample("rollcert-crypto", "", of_its_own)
        ),
        ["rollcert-crypto switches rustcrypto on by default"]
    );
    assert_eq!(
        violations("rollcert-pki", &sample("rollcert-pki", "", on_demand)),
        Vec::<String>::new()
    );
    assert_eq!(
        violations("rollcert", &sample("rollcert", "", by_default)),
        Vec::<String>::new()
    );
}

#[test]
fn a_crate_that_does_not_inherit_is_found() {
    let manifest = "[package]\nname = \"rollcert-mime\"\nversion.workspace = true\nedition = \"2021\"\n\
                    rust-version.workspace = true\nlicense = \"MIT\"\n";
    assert_eq!(
        violations("rollcert-mime", &manifest.parse().unwrap()),
        [
            "rollcert-mime does not inherit edition",
            "rollcert-mime does not inherit license",
            "rollcert-mime does not inherit the lints",
        ]
    );
}

/// What is wrong with the manifest of the crate in the folder `name`, one sentence each.
fn violations(name: &str, manifest: &Table) -> Vec<String> {
    let mut found = Vec::new();
    if manifest["package"]["name"].as_str() != Some(name) {
        found.push(format!("the folder {name} holds a package of another name"));
    }

    let allowed = reachable(name);
    for (dependency, value) in dependencies(manifest) {
        let package = package_name(dependency, value);
        if package.starts_with("rollcert") && !allowed.contains(package) {
            found.push(format!("{name} may not name {package}"));
        }
        if name != "rollcert" {
            found.extend(backends_named_by(package, value));
        }
    }

    // The facade chooses for its users; every other crate leaves the choice to them.
    if name != "rollcert" {
        let switched_on = default_features(manifest);
        found.extend(
            switched_on
                .into_iter()
                .filter(|feature| BACKENDS.contains(&feature.rsplit('/').next().unwrap_or(feature)))
                .map(|feature| format!("{name} switches {feature} on by default")),
        );
    }

    for key in ["version", "edition", "rust-version", "license"] {
        if !inherits(manifest["package"].get(key)) {
            found.push(format!("{name} does not inherit {key}"));
        }
    }
    if !inherits(manifest.get("lints")) {
        found.push(format!("{name} does not inherit the lints"));
    }
    found
}

/// The crates that the arrows of `name` reach.
fn reachable(name: &str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![name];
    while let Some(next) = waiting.pop() {
        for (_, arrows) in ARROWS.iter().filter(|(crate_name, _)| *crate_name == next) {
            for arrow in *arrows {
                if reached.insert(*arrow) {
                    waiting.push(arrow);
                }
            }
        }
    }
    reached
}

/// The dependencies that become part of the crate or of its build, those of single targets included.
fn dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    iter::once(manifest)
        .chain(
            targets
                .into_iter()
                .flat_map(Table::values)
                .filter_map(Value::as_table),
        )
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|key| table.get(key)))
        .flatten()
        .filter_map(Value::as_table)
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// The package behind a dependency, which may go by another name here.
fn package_name<'a>(dependency: &'a str, value: &'a Value) -> &'a str {
    value
        .get("package")
        .and_then(Value::as_str)
        .unwrap_or(dependency)
}

fn backends_named_by(package: &str, dependency: &Value) -> Vec<String> {
    let features = dependency.get("features").and_then(Value::as_array);
    features
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|feature| package.starts_with("rollcert") && BACKENDS.contains(feature))
        .map(|feature| format!("{package} comes with its backend {feature}"))
        .collect()
}

/// Everything that the feature `default` switches on, directly or through other features.
fn default_features(manifest: &Table) -> BTreeSet<&str> {
    let mut switched_on = BTreeSet::new();
    let mut waiting = vec!["default"];
    while let Some(next) = waiting.pop() {
        let enabled = manifest
            .get("features")
            .and_then(|features| features.get(next)?.as_array());
        for feature in enabled.into_iter().flatten().filter_map(Value::as_str) {
            if switched_on.insert(feature) {
                waiting.push(feature);
            }
        }
    }
    switched_on
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")?.as_bool()) == Some(true)
}

/// A manifest that keeps the rules, but for what is put into it.
fn sample(name: &str, dependencies: &str, rest: &str) -> Table {
    format!(
        "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\nlicense.workspace = true\n[lints]\nworkspace = true\n\
         [dependencies]\n{dependencies}\n{rest}"
    )
    .parse()
    .unwrap()
}

fn crate_folders() -> BTreeSet<String> {
    fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn manifest(path: &str) -> Table {
    fs::read_to_string(root().join(path))
        .unwrap()
        .parse()
        .unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}
