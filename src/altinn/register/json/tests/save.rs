//! Tests that a saved file is the old one or the new one.

use std::fs;
use std::path::PathBuf;

use super::*;

/// A folder for one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vedtak-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).expect("can be created");
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("can be listed");
        let names = entries.map(|entry| entry.expect("can be listed").file_name());
        let mut names = Vec::from_iter(names.map(|name| name.to_string_lossy().into_owned()));
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_register_is_saved_and_loaded() {
    let folder = Folder::new("saved");
    let path = folder.0.join("register.json");
    let register = fixture();
    register.snapshot().save(&path).expect("can be written");
    register.snapshot().save(&path).expect("can be replaced");
    assert_eq!(folder.names(), ["register.json"]);
    let loaded = Register::load(&path).expect("is sound");
    assert_eq!(facts(&loaded.snapshot().0), facts(&register.snapshot().0));
    let other = Register::new();
    other.replace_from_file(&path).expect("is sound");
    assert_eq!(facts(&other.snapshot().0), facts(&register.snapshot().0));
}

#[test]
fn what_cannot_be_read_is_told_with_its_name() {
    let folder = Folder::new("unread");
    let path = folder.0.join("missing.json");
    let error = Register::load(&path).unwrap_err().to_string();
    assert!(
        error.contains("cannot read") && error.contains("missing.json"),
        "{error}"
    );
    fs::write(&path, "{").expect("can be written");
    let error = Register::load(&path).unwrap_err().to_string();
    assert!(error.contains("missing.json:1:"), "{error}");
    let register = fixture();
    assert!(register.replace_from_file(&path).is_err());
    assert_eq!(register.snapshot().0.parties().count(), 18);
}

#[test]
fn a_failure_leaves_the_old_file_and_nothing_else() {
    let folder = Folder::new("failed");
    let snapshot = fixture().snapshot();
    assert!(
        snapshot
            .save(folder.0.join("missing/register.json"))
            .is_err()
    );
    assert!(snapshot.save("").is_err());
    // The new file is complete, but cannot take the place of a folder.
    let taken = folder.0.join("taken");
    fs::create_dir(&taken).expect("can be created");
    assert!(snapshot.save(&taken).is_err());
    assert!(snapshot.save(taken.join("..")).is_err());
    assert_eq!(folder.names(), ["taken"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("read-only");
    let path = folder.0.join("register.json");
    fs::write(&path, "old").expect("can be written");
    let set = |mode| fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode));
    set(0o555).expect("is ours");
    // Permissions do not stop a superuser.
    let is_bound = fs::write(folder.0.join("probe"), "").is_err();
    let saved = fixture().snapshot().save(&path);
    set(0o755).expect("is ours");
    if is_bound {
        assert!(saved.is_err());
        assert_eq!(fs::read_to_string(&path).expect("is there"), "old");
        assert_eq!(folder.names(), ["register.json"]);
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("links");
    let (path, link) = (folder.0.join("register.json"), folder.0.join("link.json"));
    fs::write(&path, "old").expect("can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("is ours");
    std::os::unix::fs::symlink("register.json", &link).expect("can be created");
    fixture().snapshot().save(&link).expect("can be written");
    assert!(fs::symlink_metadata(&link).expect("is there").is_symlink());
    let mode = fs::metadata(&path).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        fs::read_to_string(&path)
            .expect("is there")
            .starts_with('{')
    );
}

#[test]
fn what_a_killed_process_left_does_not_stop_others() {
    let folder = Folder::new("killed");
    let path = folder.0.join("register.json");
    let snapshot = Register::new().snapshot();
    for number in 0..50 {
        let name = format!(".register.json.{}-{number}.tmp", std::process::id());
        fs::write(folder.0.join(name), "").expect("can be written");
    }
    snapshot.save(&path).expect("finds another name");
    assert!(Register::load(&path).is_ok());
}
