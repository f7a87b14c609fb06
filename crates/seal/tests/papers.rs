//! Sealed papers: read by `age` and by us, altered anywhere, checked piece by piece.
#![allow(clippy::unwrap_used)]

use cabinet_seal::*;

fn paper(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 31 % 251) as u8).collect()
}

fn seal(plain: &[u8]) -> (Vec<u8>, SealedPaper) {
    let mut out = Vec::new();
    let sealed = seal_paper(&mut &plain[..], &mut out).unwrap();
    (out, sealed)
}

fn read_all(sealed: Vec<u8>, key: &Identity) -> Result<Vec<u8>, SealError> {
    let mut reader = PaperReader::open(Box::new(sealed), key)?;
    let mut plain = vec![0; reader.plain_bytes() as usize];
    reader.read_at(0, &mut plain)?;
    Ok(plain)
}

#[test]
fn papers_of_every_awkward_length_are_read_back_at_random() {
    for bytes in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let plain = paper(bytes);
        let (out, sealed) = seal(&plain);
        assert_eq!(sealed.size_bytes, out.len() as u64);
        assert_eq!(sealed.hash, *blake3::hash(&out).as_bytes());
        assert_eq!(read_all(out.clone(), &sealed.key), Ok(plain.clone()), "{bytes}");
        let mut reader = PaperReader::open(Box::new(out), &sealed.key).unwrap();
        for at in [0, bytes / 3, bytes.saturating_sub(1)] {
            let mut part = vec![0; 100.min(bytes - at)];
            reader.read_at(at as u64, &mut part).unwrap();
            assert_eq!(part, plain[at..at + part.len()]);
        }
    }
}

#[test]
fn every_flipped_byte_of_a_sealed_paper_is_a_typed_error() {
    let (out, sealed) = seal(&paper(70_000));
    let stride = if std::env::var_os("EVERY_BYTE").is_some() { 1 } else { 37 };
    let header = 300;
    let mut tried = 0;
    for index in (0..out.len()).filter(|i| *i < header || i % stride == 0 || *i > out.len() - 300) {
        let mut bad = out.clone();
        bad[index] ^= 0x20;
        let read = read_all(bad, &sealed.key);
        assert!(read.is_err(), "byte {index}");
        tried += 1;
    }
    println!("sealed paper: {tried} bytes tried, {} bytes there are (EVERY_BYTE=1 tries all)", out.len());
}

#[test]
fn reading_through_opens_ahead_and_says_what_is_damaged_only_when_it_is_asked_for() {
    const CHUNK: usize = 65_536;
    let plain = paper(40 * CHUNK + 5);
    let (mut out, sealed) = seal(&plain);
    let mut reader = PaperReader::open(Box::new(out.clone()), &sealed.key).unwrap();
    for (n, part) in plain.chunks(10_000).enumerate() {
        assert_eq!(&*reader.part(n as u64 * 10_000, part.len()).unwrap(), part, "{n}");
        let read = n * 10_000 + part.len();
        if read <= 4 * CHUNK {
            let opened = read.next_multiple_of(CHUNK) + 5;
            assert_eq!(reader.unsealed_bytes(), opened as u64, "no more than a page needs");
        }
    }
    assert_eq!(reader.unsealed_bytes(), plain.len() as u64, "each chunk once");
    let damaged = out.len() - 20 * CHUNK;
    out[damaged] ^= 1;
    let mut reader = PaperReader::open(Box::new(out), &sealed.key).unwrap();
    let mut whole =
        plain.chunks(CHUNK).enumerate().map(|(n, part)| reader.part((n * CHUNK) as u64, part.len()).is_ok());
    assert_eq!(whole.position(|is_whole| !is_whole), Some(20));
    assert!(whole.all(|is_whole| is_whole), "those behind it are whole");
}

#[test]
fn cut_and_lengthened_papers_are_refused() {
    let (out, sealed) = seal(&paper(140_000));
    for cut in [0, 10, 150, 300, 65_552, out.len() - 1] {
        assert!(read_all(out[..cut].to_vec(), &sealed.key).is_err(), "{cut}");
    }
    assert!(read_all([&out[..], &[0]].concat(), &sealed.key).is_err());
}

#[test]
fn pieces_are_checked_before_they_are_opened() {
    let (out, sealed) = seal(&paper(200_000));
    let list = PieceList::parse(&sealed.pieces.bytes(), &sealed.pieces.hash()).unwrap();
    assert_eq!(list.count(), out.len().div_ceil(PIECE_BYTES as usize) as u64);
    for (index, piece) in out.chunks(PIECE_BYTES as usize).enumerate() {
        assert_eq!(list.check(index as u64, piece), Ok(()));
        let mut bad = piece.to_vec();
        bad[7] ^= 1;
        assert_eq!(list.check(index as u64, &bad), Err(SealError::BadPiece(index as u64)));
    }
    let mut bad = sealed.pieces.bytes();
    bad[3] ^= 1;
    assert_eq!(PieceList::parse(&bad, &sealed.pieces.hash()), Err(SealError::BadPieceList));
}
