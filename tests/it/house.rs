//! The house's directions: a folder names only folders to its left, pure folders touch no world, files stay readable.
//!
//! The reader below works on tokens, so that nested groups, `as`, `super::super` and the insides of macros are seen alike. It is
//! tested itself with planted faults.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};

/// Left to right, as a mail flows.
const ORDER: [&str; 13] =
    ["types", "config", "trade", "mailbox", "watch", "parse", "understand", "link", "decide", "act", "record", "flow", "cli"];

/// No database, runtime, file, socket, clock or chance.
const PURE: [&str; 6] = ["types", "trade", "parse", "understand", "link", "decide"];

/// Crates and parts of the standard library that a pure folder may not name.
const WORLD: [&str; 15] = [
    "sqlx",
    "tokio",
    "notify",
    "rustix",
    "getrandom",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::io::stdin",
    "std::time::SystemTime",
    "std::time::Instant",
];

const FILE_LINES_MAX: usize = 900;

#[test]
fn every_folder_names_only_folders_to_its_left_and_pure_folders_touch_no_world() {
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&file).expect("our own source is readable");
        let inside = file.strip_prefix(root().join("src")).expect("it lies below src");
        faults.extend(faults_of(inside, &text));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut long = Vec::new();
    for folder in ["src", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let lines = fs::read_to_string(&file).expect("readable").lines().count();
            if lines > FILE_LINES_MAX {
                long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_folder_says_in_its_first_lines_what_it_is_for() {
    for folder in ORDER {
        let text = fs::read_to_string(root().join("src").join(folder).join("mod.rs")).expect("every folder has a mod.rs");
        assert!(text.starts_with("//! "), "src/{folder}/mod.rs opens with a paragraph: what comes in, what goes out, what is absent");
    }
    let map = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs is there");
    let places: Vec<Option<usize>> = ORDER.iter().map(|folder| map.find(&format!("pub mod {folder};"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "lib.rs lists the folders in the order a mail flows");
}

#[test]
fn a_planted_fault_is_found_however_it_is_written() {
    let planted = [
        ("parse/letter.rs", "use crate::record::Books;", "parse names record"),
        ("parse/letter.rs", "use crate::{types::Money, record::{self, Books}};", "parse names record"),
        ("parse/letter.rs", "use super::super::flow as f;", "parse names flow"),
        ("parse/fresh/quote.rs", "use super::super::super::act::mime;", "parse names act"),
        ("parse/letter.rs", "fn f() { let _ = crate::act::render::x(); }", "parse names act"),
        ("parse/letter.rs", "fn f() { println!(\"{}\", crate::cli::NAME); }", "parse names cli"),
        ("parse/letter.rs", "mod inner { use super::super::super::record::Books; }", "parse names record"),
        ("parse/letter.rs", "use crate as house;", "parse renames the crate"),
        ("parse/letter.rs", "use tradepost::record::Books;", "parse names record"),
        ("decide/case.rs", "use sqlx::Row;", "decide is pure but names sqlx"),
        ("decide/case.rs", "use std::{collections::HashMap, fs};", "decide is pure but names std::fs"),
        ("decide/case.rs", "fn f() { std::fs::read(\"x\"); }", "decide is pure but names std::fs"),
        ("link/mod.rs", "use tokio as t;", "link is pure but names tokio"),
        ("flow/inbound.rs", "use sqlx::Row;", "only record names sqlx, but flow does"),
        ("parse/letter.rs", "use crate::*;", "parse names all of the crate"),
        ("parse/letter.rs", "use super::super::*;", "parse names all of the crate"),
        ("parse/letter.rs", "use crate::{self as house};", "parse renames the crate"),
        ("parse/letter.rs", "extern crate self as house;", "parse renames the crate"),
        ("parse/letter.rs", "use crate::helpers::read;", "parse names helpers"),
        ("helpers.rs", "use crate::record::Books;", "helpers.rs stands in no folder"),
        ("parse/letter.rs", "#[path = \"../record/books.rs\"] mod books;", "parse takes in another file's text"),
        ("parse/letter.rs", "include!(\"../record/books.rs\");", "parse takes in another file's text"),
        ("decide/case.rs", "use std as s;", "decide is pure but renames std"),
        ("decide/case.rs", "use std::{self as s};", "decide is pure but renames std"),
        ("decide/case.rs", "use std::*;", "decide is pure but renames std"),
        ("decide/case.rs", "use std::time::SystemTime;", "decide is pure but names std::time::SystemTime"),
    ];
    for (file, source, expected) in planted {
        let found = faults_of(Path::new(file), source);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{file}: {source}\nfound {found:?}");
    }
}

#[test]
fn honest_code_has_no_fault() {
    for (file, source) in [
        ("record/acts.rs", "use crate::decide::Act; use super::session::Session; use sqlx::Row;"),
        ("parse/fresh/quote.rs", "use super::super::limits::TEXT_LEN_MAX; use crate::types::{EmailAddress, Language};"),
        ("parse/letter.rs", "/// See [`crate::record`].\nfn f() {}"),
        ("parse/letter.rs", "#[cfg(test)] mod tests { use super::*; use super::super::limits; }"),
        ("flow/mod.rs", "use crate::{record::Books, types::Moment}; use tokio::sync::mpsc;"),
        ("main.rs", "use tradepost::cli;"),
    ] {
        assert_eq!(faults_of(Path::new(file), source), Vec::<String>::new(), "{file}: {source}");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("our own folders are readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// What a file below `src` names that it should not.
fn faults_of(file: &Path, source: &str) -> Vec<String> {
    let parts: Vec<String> = file.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let (Some(folder), true) = (parts.first(), parts.len() > 1) else {
        let is_root = matches!(parts.first().map(String::as_str), Some("main.rs" | "lib.rs"));
        return if is_root { Vec::new() } else { vec![format!("src/{} stands in no folder of the house", file.display())] };
    };
    let tokens: TokenStream = source.parse().expect("our own source is Rust");
    let mut names = Vec::new();
    collect(&tokens.into_iter().collect::<Vec<_>>(), &module_of(&parts), &mut names);
    let place = ORDER.iter().position(|known| known == folder);
    let mut faults = Vec::new();
    for name in names {
        let mut fault = |what: String| faults.push(format!("src/{}: {what}", file.display()));
        match name.as_str() {
            "crate as" => fault(format!("{folder} renames the crate, which hides what it names")),
            "crate::*" => fault(format!("{folder} names all of the crate, which hides what it names")),
            "std as" if PURE.contains(&folder.as_str()) => fault(format!("{folder} is pure but renames std or takes all of it")),
            "include" => fault(format!("{folder} takes in another file's text, which hides what it names")),
            _ => {}
        }
        if matches!(name.as_str(), "crate" | "crate as" | "crate::*") {
            continue;
        }
        if let Some(named) = name.strip_prefix("crate::") {
            let named = named.split("::").next().unwrap_or("");
            let there = ORDER.iter().position(|known| *known == named);
            if place.is_none() || there.is_none() || there > place {
                fault(format!("{folder} names {named}, which stands to its right or in no folder of the house"));
            }
            continue;
        }
        let world = WORLD.iter().find(|world| name == **world || name.strip_prefix(**world).is_some_and(|rest| rest.starts_with("::")));
        match world {
            Some(world) if PURE.contains(&folder.as_str()) => fault(format!("{folder} is pure but names {world}")),
            Some(&"sqlx") if folder != "record" => fault(format!("only record names sqlx, but {folder} does")),
            _ => {}
        }
    }
    faults
}

/// The module path of a file, `parse/fresh/quote.rs` → `[parse, fresh, quote]`.
fn module_of(parts: &[String]) -> Vec<String> {
    let mut module = parts.to_vec();
    let last = module.pop().unwrap_or_default();
    if last != "mod.rs" {
        module.push(last.trim_end_matches(".rs").to_owned());
    }
    module
}

/// Every path in the tokens, from the crate or from outside, `use` groups spelt out.
fn collect(tokens: &[TokenTree], module: &[String], names: &mut Vec<String>) {
    let mut at = 0;
    while at < tokens.len() {
        // An attribute's text (doc comments) names nothing.
        if is_punct(tokens.get(at), '#') {
            at += 1 + usize::from(is_punct(tokens.get(at + 1), '!'));
            if let Some(TokenTree::Group(group)) = tokens.get(at) {
                if is_attribute(&group.stream(), "path") {
                    names.push("include".into());
                }
                at += usize::from(group.delimiter() == Delimiter::Bracket && is_attribute(&group.stream(), "doc"));
            }
            continue;
        }
        if let (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
            (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2))
            && word == "mod"
        {
            let mut inner = module.to_vec();
            inner.push(name.to_string());
            collect(&body.stream().into_iter().collect::<Vec<_>>(), &inner, names);
            at += 3;
            continue;
        }
        match tokens.get(at) {
            Some(TokenTree::Ident(_)) => at += path(tokens.get(at..).unwrap_or_default(), &[], module, names),
            Some(TokenTree::Group(group)) => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), module, names);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn is_attribute(attribute: &TokenStream, wanted: &str) -> bool {
    matches!(attribute.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == wanted)
}

/// One path beginning here; how many tokens it took.
fn path(tokens: &[TokenTree], prefix: &[String], module: &[String], names: &mut Vec<String>) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = 0;
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        segments.push(word.to_string());
        at += 1;
        if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
            break;
        }
        at += 2;
        if let Some(TokenTree::Group(group)) = tokens.get(at)
            && group.delimiter() == Delimiter::Brace
        {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            for item in inner.split(|token| is_punct(Some(token), ',')) {
                path(item, &segments, module, names);
            }
            return at + 1;
        }
    }
    // `crate::{self}` is the crate itself, and so is `extern crate self`.
    if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
        segments.pop();
    }
    let is_word = |at: usize, wanted: &str| matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == wanted);
    let whole = resolve(&segments, module).filter(|name| matches!(name.as_str(), "crate" | "crate::" | "std"));
    if let Some(whole) = whole {
        let is_std = whole == "std";
        if is_word(at, "as") || is_word(at, "self") && is_word(at + 1, "as") {
            names.push(if is_std { "std as" } else { "crate as" }.into());
        } else if is_punct(tokens.get(at), '*') {
            names.push(if is_std { "std as" } else { "crate::*" }.into());
        }
        return at.max(1);
    }
    if segments == ["include"] && is_punct(tokens.get(at), '!') {
        names.push("include".into());
    }
    names.extend(resolve(&segments, module));
    at.max(1)
}

/// `super::super::x` → `crate::x`, seen from the module it stands in.
fn resolve(segments: &[String], module: &[String]) -> Option<String> {
    let first = segments.first()?;
    match first.as_str() {
        "crate" | "tradepost" => Some(format!("crate::{}", segments.get(1..)?.join("::"))),
        "super" => {
            let ups = segments.iter().take_while(|segment| *segment == "super").count();
            let base = module.get(..module.len().checked_sub(ups)?)?;
            let rest = segments.get(ups..)?;
            Some(format!("crate::{}", base.iter().chain(rest).cloned().collect::<Vec<_>>().join("::")))
        }
        _ => Some(segments.join("::")),
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}
