//! Words, rules, migrations and the demonstration's mail are compiled in: a change of any of them makes a new program.

fn main() {
    // Cargo looks at everything below a folder, so a new file is noticed too.
    for folder in ["rules", "templates", "migrations", "src/cli/demo/mail"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
