//! What fuzzing kept is read again.

use ecabinet_readers::READERS;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_reader_stands_what_fuzzing_kept() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files = |folder: &Path| folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    let mut inputs = 0;
    for (name, reader) in READERS {
        let kept = files(&corpora.join(name));
        assert!(!kept.is_empty(), "{name} has no corpus: `cargo xtask fuzz --reader {name} --keep`");
        for path in &kept {
            let bytes = std::fs::read(path).unwrap();
            let stands = std::panic::catch_unwind(|| reader(&bytes)).is_ok();
            assert!(stands, "{name} broke on {}", path.display());
        }
        inputs += kept.len();
    }
    let names: BTreeSet<_> = READERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let folders = files(&corpora).into_iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(folders.collect::<BTreeSet<_>>(), names, "each corpus is some reader's");
    println!("{inputs} inputs read by {} readers", READERS.len());
}
