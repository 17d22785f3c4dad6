//! Where the configuration is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The file's name where only a folder is known.
pub const FILE_NAME: &str = "tradepost.toml";

/// What the search looks at besides the disk.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `$TRADEPOST_CONFIG`.
    pub config: Option<OsString>,
    /// `$XDG_CONFIG_HOME`, else `$HOME/.config` (XDG Base Directory Specification).
    pub config_home: Option<PathBuf>,
}

impl Environment {
    /// Of this process. Empty variables count as unset.
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = || Some(Path::new(&set("HOME")?).join(".config"));
        // The specification tells us to ignore a relative path.
        let xdg = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        Self { config: set("TRADEPOST_CONFIG"), config_home: xdg.or_else(home) }
    }
}

/// The configuration to read: the one named on the command line, else `$TRADEPOST_CONFIG`, else `./tradepost.toml` if it
/// is there, else the one in the user's configuration folder if it is there, else `./tradepost.toml` all the same, so that
/// the error names a file.
pub fn locate(named: Option<&Path>, environment: &Environment, is_file: impl Fn(&Path) -> bool) -> PathBuf {
    if let Some(path) = named {
        return path.to_owned();
    }
    if let Some(path) = &environment.config {
        return PathBuf::from(path);
    }
    let here = PathBuf::from(FILE_NAME);
    let of_user = environment.config_home.as_ref().map(|folder| folder.join("tradepost").join(FILE_NAME));
    if is_file(&here) {
        return here;
    }
    of_user.filter(|path| is_file(path)).unwrap_or(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_then_the_variable_then_here_then_the_users_folder() {
        let everything = Environment { config: Some("/etc/tradepost.toml".into()), config_home: Some("/home/li/.config".into()) };
        let only_home = Environment { config: None, ..everything.clone() };
        let user = Path::new("/home/li/.config/tradepost/tradepost.toml");
        let found =
            |named: Option<&str>, environment, there: &[&Path]| locate(named.map(Path::new), environment, |path| there.contains(&path));

        assert_eq!(found(Some("other.toml"), &everything, &[user]), Path::new("other.toml"));
        assert_eq!(found(None, &everything, &[user]), Path::new("/etc/tradepost.toml"));
        assert_eq!(found(None, &only_home, &[Path::new("tradepost.toml"), user]), Path::new("tradepost.toml"));
        assert_eq!(found(None, &only_home, &[user]), user);
        assert_eq!(found(None, &only_home, &[]), Path::new("tradepost.toml"), "the error must name a file");
    }
}
