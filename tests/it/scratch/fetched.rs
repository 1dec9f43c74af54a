//! A server fetched through `npm`.

use turnback::settings::ScratchChoice;

use super::{Asker, ask};

#[test]
#[ignore = "fetches 24 MB"]
fn a_server_is_fetched_once_and_works() {
    let mut asker = Asker::new(ScratchChoice::Temporary);
    asker.settings.offline = false;
    // Only these two, so that no server is found.
    let programs = tempfile::tempdir().unwrap();
    for name in ["npm", "tar"] {
        let mut found = asker.settings.program_path.iter().map(|it| it.join(name));
        let found = found.find(|it| it.exists()).expect("it is installed");
        std::os::unix::fs::symlink(found, programs.path().join(name)).unwrap();
    }
    asker.settings.program_path = vec![programs.path().to_owned()];
    asker.settings.server_places.clear();
    let wanted = Some(16);
    asker.major = wanted;
    let scratch = asker.open().unwrap();
    assert_eq!(scratch.major(), wanted);
    let database = scratch.database().unwrap();
    assert_eq!(
        ask(&database, "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'"),
        "1"
    );
    drop((database, scratch));
    // The second time without npm.
    asker.settings.offline = true;
    assert_eq!(asker.open().unwrap().major(), wanted);
    let kept: Vec<_> = std::fs::read_dir(asker.cache.path()).unwrap().flatten().collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
}
