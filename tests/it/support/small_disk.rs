//! A disk that is soon full.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A small disk of its own, gone with the story.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Of 2 MB.
    ///
    /// # Panics
    /// Where nothing may be mounted.
    pub fn mount(at: PathBuf) -> Self {
        fs::create_dir_all(&at).expect("made");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs"]).arg(&at).output().expect("mount is there");
        let why = String::from_utf8_lossy(&mounted.stderr);
        assert!(mounted.status.success(), "This test needs a small disk and may not mount one: {why}. Run the tests as root (tests/run).");
        Self(at)
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let chunk = vec![b'x'; 64 * 1024];
        let mut ballast = fs::File::create(self.0.join("ballast")).expect("made");
        while std::io::Write::write_all(&mut ballast, &chunk).is_ok() {}
    }

    /// Fills it up to that many bytes.
    pub fn fill_but(&self, bytes: u64) {
        self.fill();
        let ballast = fs::File::options().write(true).open(self.0.join("ballast")).expect("it is there");
        let len = ballast.metadata().expect("a file").len();
        ballast.set_len(len.saturating_sub(bytes)).expect("made smaller");
    }

    /// What filled it is gone.
    pub fn free(&self) {
        fs::remove_file(self.0.join("ballast")).expect("removed");
    }

    /// It becomes larger than any mail of a story.
    pub fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status();
        assert!(grown.is_ok_and(|grown| grown.success()), "whoever mounts may remount");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Busy only while a daemon of a failed story still ends.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
