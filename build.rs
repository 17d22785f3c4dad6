//! Words, rules and migrations are compiled in: a change of any of them makes a new program.

fn main() {
    for folder in ["rules", "templates", "migrations"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
