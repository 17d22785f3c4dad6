//! The README is kept: what it shows can be typed, loaded and read as it stands there.

use clap::{CommandFactory, Parser};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use tradepost::cli::args::Arguments;
use tradepost::config::{Config, FirstLook, Handling, Mode};
use tradepost::types::Intent;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of one kind, without their indentation in a list.
fn blocks(kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = README.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().strip_prefix("```") == Some(kind) {
            let indent = line.len() - line.trim_start().len();
            let inside = lines.by_ref().take_while(|line| line.trim() != "```");
            found.push(inside.map(|line| line.get(indent..).unwrap_or("")).collect::<Vec<_>>().join("\n"));
        }
    }
    found
}

/// The one block of that kind that begins so; the others show single settings.
fn only_block(kind: &str, beginning: &str) -> String {
    let found: Vec<String> = blocks(kind).into_iter().filter(|block| block.starts_with(beginning)).collect();
    assert_eq!(found.len(), 1, "one {kind} block in the README");
    found.into_iter().next().unwrap_or_default()
}

fn tradepost(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().expect("the program was built for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_configuration_in_the_readme_is_accepted_and_means_what_stands_beside_it() {
    let config = Config::of_text(&only_block("toml", "# tradepost.toml"), Path::new("/home/li/trade/tradepost.toml"));
    let config = config.unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    let [sales, chen] = config.mailboxes.as_slice() else { panic!("two mailboxes") };
    assert_eq!((sales.mode, sales.first_look, sales.send_as.name.as_str()), (Mode::Draft, FirstLook::History, "Bright Lighting Sales"));
    assert_eq!((chen.mode, chen.first_look, chen.send_as.name.as_str()), (Mode::Observe, FirstLook::Handle, "Chen Hao"));
    assert_eq!(chen.folders.drafts.as_deref(), Some("Entwürfe Vertrieb"));
    assert_eq!(config.policies.handling(Intent::Shipping), Handling::Tell);
    assert_eq!(config.policies.handling(Intent::Inquiry), Handling::Draft);
}

#[test]
fn every_mailbox_setting_the_readme_shows_is_accepted() {
    let whole = only_block("toml", "# tradepost.toml");
    let (team, rest) = whole.split_once("[[mailboxes]]").expect("the example has mailboxes");
    let policies = rest.find("\n[policies]").and_then(|at| rest.get(at..)).expect("and policies");
    let shown: Vec<String> = blocks("toml").into_iter().filter(|block| block.contains("imap = {")).collect();
    assert!(shown.len() >= 2, "{shown:?}");
    let in_the_text = README.split('`').filter(|piece| ["proxy = ", "private = ", "expires = "].iter().any(|key| piece.starts_with(key)));
    let (inside, beside): (Vec<&str>, Vec<&str>) = in_the_text.partition(|piece| !piece.starts_with("private"));
    assert!(inside.len() >= 3 && !beside.is_empty(), "{inside:?} {beside:?}");
    let server = "imap = { host = \"imap.bright.example\", password = { env = \"NAME\" }";
    let inside = inside.iter().map(|piece| format!("{server}, {} }}", piece.replace('\n', " ")));
    let beside = beside.iter().map(|piece| format!("{server} }}\n{}", piece.replace('\n', " ")));
    for setting in shown.into_iter().chain(inside).chain(beside) {
        let head =
            if setting.starts_with("[[mailboxes]]") { "" } else { "[[mailboxes]]\nname = \"x\"\naddress = \"sales@bright.example\"\n" };
        let text = format!("{team}{head}{setting}\n{policies}");
        assert!(Config::of_text(&text, Path::new("/home/li/tradepost.toml")).is_ok(), "{setting}");
    }
}

#[test]
fn every_command_in_the_readme_can_be_typed() {
    let typed: Vec<String> = blocks("console").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(typed.len() >= 8, "the README shows commands: {typed:?}");
    for line in typed {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("`{line}` begins with `$ `"));
        let words: Vec<&str> = command.split_whitespace().collect();
        let arguments: Vec<&str> = match words.as_slice() {
            ["tradepost", ..] => words,
            ["cargo", "run", "--release", "--", rest @ ..] => [&["tradepost"], rest].concat(),
            ["sudo", "-u", "tradepost", rest @ ..] => rest.to_vec(),
            ["cargo", "install", "--locked", "--path", "."] | ["tests/run"] | ["sudo", "useradd" | "systemctl", ..] => continue,
            _ => panic!("`{command}` is a command this test does not know"),
        };
        if let Err(error) = Arguments::try_parse_from(arguments) {
            panic!("`{command}`: {error}");
        }
    }
}

/// The commands there are for people, as they are typed; one that needs a further word, with that word.
fn commands(command: &clap::Command, typed: &str, found: &mut Vec<String>) {
    let typed = format!("{typed}{}", command.get_name());
    if command.is_subcommand_required_set() {
        command.get_subcommands().filter(|below| !below.is_hide_set()).for_each(|below| commands(below, &format!("{typed} "), found));
    } else {
        found.push(typed);
    }
}

#[test]
fn every_command_of_the_program_stands_in_the_table_of_the_readme() {
    let (mut typed, section) = (Vec::new(), README.split("## The command line").nth(1).expect("a section with a table"));
    commands(&Arguments::command().subcommand_required(true), "", &mut typed);
    assert!(typed.len() >= 10, "{typed:?}");
    let table: Vec<&str> = section.lines().filter(|line| line.starts_with("| `tradepost ")).collect();
    let stands =
        |command: &str| table.iter().any(|line| line.split(" | ").next().is_some_and(|left| left.contains(&format!("`{command}"))));
    let missing: Vec<&String> = typed.iter().filter(|command| !stands(command)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn the_service_in_the_readme_starts_the_daemon_and_gives_it_time_to_stop() {
    let unit = only_block("ini", "# /etc/systemd/system/tradepost.service");
    let settings: BTreeMap<&str, &str> =
        unit.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect();
    let of = |key: &str| settings.get(key).copied().unwrap_or_else(|| panic!("{key} is set"));
    let seconds = |key: &str| of(key).parse::<u64>().expect("a number of seconds");
    assert_eq!((of("Type"), of("User"), of("UMask"), of("KillSignal")), ("notify", "tradepost", "0077", "SIGTERM"));
    assert!(
        seconds("TimeoutStopSec") > 30 && seconds("WatchdogSec") > seconds("TimeoutStopSec"),
        "a daemon that stops is not taken for hung"
    );
    let command: Vec<&str> = of("ExecStart").split_whitespace().collect();
    assert_eq!(command.first(), Some(&"/usr/local/bin/tradepost"));
    assert!(Arguments::try_parse_from(command).is_ok(), "{unit}");
}

/// The keys of a value and of everything in it, as paths; what `null` or an empty list may hold is not known.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let path = format!("{path}.{key}");
                keys(inner, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, path, found)),
        _ => {}
    }
}

#[test]
fn the_row_in_the_readme_has_the_keys_that_triage_prints() {
    let shown: Value = serde_json::from_str(&only_block("json", "")).expect("the README shows JSON");
    let path = shown.get("path").and_then(Value::as_str).expect("a path");
    let printed: Value = serde_json::from_str(&tradepost(&["triage", "--json", path])).expect("one object");
    let (mut in_readme, mut in_truth) = (BTreeSet::new(), BTreeSet::new());
    keys(&shown, "", &mut in_readme);
    keys(&printed, "", &mut in_truth);
    assert_eq!(in_readme, in_truth);
    for key in ["path", "message_id", "date", "from", "subject"] {
        assert_eq!(shown.get(key), printed.get(key), "{key}");
    }
}

#[test]
fn the_contact_list_in_the_readme_is_the_one_the_program_prints() {
    assert_eq!(only_block("csv", ""), tradepost(&["import", "contacts", "--example"]).trim_end());
}

#[test]
fn every_file_the_readme_points_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets: Vec<&str> = README.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let files: Vec<&&str> = targets.iter().filter(|target| !target.starts_with("http") && !target.starts_with('#')).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert!(root.join(file).is_file(), "{file}");
    }
}

#[test]
fn the_languages_the_readme_promises_are_those_with_letters() {
    let promise = README.split("Letters are written in").nth(1).and_then(|rest| rest.split(". ").next()).expect("a sentence about letters");
    let promised: BTreeSet<&str> = promise.split('`').skip(1).step_by(2).collect();
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).expect("templates are there");
    let paths = folders.map(|folder| folder.expect("a readable entry").path()).filter(|path| path.join("first_reply.text.hbs").is_file());
    let written: BTreeSet<String> = paths.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    assert_eq!(promised, written.iter().map(String::as_str).collect());
}
