//! What parent and worker say to each other: two lengths, CBOR, then the bytes that go with it as they are. Both ends are of one build, so
//! nothing here is frozen.

use crate::picture::PIXELS_MAX;
use minicbor::{Decode, Encode};
use std::io::{self, Read, Write};

/// Limit: a message; the pixels of the largest page stay below it.
const MESSAGE_BYTES_MAX: u32 = PIXELS_MAX * PIXELS_MAX * 3;

/// From parent to worker.
#[derive(Debug, Encode, Decode)]
#[cbor(flat)]
pub enum ToWorker {
    /// A document of this many bytes.
    #[n(0)]
    Open {
        /// Its length.
        #[n(0)]
        bytes: u64,
        /// Its password, if it has one.
        #[n(1)]
        password: Option<String>,
    },
    /// Draw a page at a width in pixels.
    #[n(1)]
    Page {
        /// From 0.
        #[n(0)]
        index: u32,
        /// Pixels.
        #[n(1)]
        width: u32,
    },
    /// The text of a page.
    #[n(2)]
    Text {
        /// From 0.
        #[n(0)]
        index: u32,
    },
    /// The bytes that were asked for go with it; none if they can't be had.
    #[n(3)]
    Bytes,
}

/// From worker to parent.
#[derive(Debug, Encode, Decode)]
#[cbor(flat)]
pub enum FromWorker {
    /// Locked and ready.
    #[n(0)]
    Ready,
    /// Bytes of the document, please.
    #[n(1)]
    Need {
        /// Offset.
        #[n(0)]
        offset: u64,
        /// Length.
        #[n(1)]
        length: u32,
    },
    /// The document is open; width and height of each page in points.
    #[n(2)]
    Opened(#[n(0)] Vec<(f32, f32)>),
    /// The pixels of a page go with it.
    #[n(3)]
    Picture {
        /// Pixels in a row.
        #[n(0)]
        width: u32,
        /// Rows.
        #[n(1)]
        height: u32,
        /// One byte a pixel instead of three.
        #[n(2)]
        is_grey: bool,
    },
    /// A page's text.
    #[n(4)]
    Text(#[n(0)] String),
    /// It can't be done.
    #[n(5)]
    Failed(#[n(0)] Failure),
}

/// Why something can't be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Failure {
    /// It has a password, or another one.
    #[n(0)]
    Password,
    /// Not a PDF, or too damaged.
    #[n(1)]
    Format,
    /// No such page, or it can't be drawn.
    #[n(2)]
    Page,
    /// It is protected in a way that can't be opened.
    #[n(3)]
    Security,
}

/// Writes a message and what goes with it.
pub fn send<T: Encode<()>>(out: &mut impl Write, message: &T, bytes: &[u8]) -> io::Result<()> {
    let said = minicbor::to_vec(message).map_err(|_| io::ErrorKind::InvalidData)?;
    let lengths = [said.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
    out.write_all(&[lengths, said].concat())?;
    out.write_all(bytes)?;
    out.flush()
}

/// Reads a message and what goes with it.
pub fn receive<T: for<'b> Decode<'b, ()>>(from: &mut impl Read) -> io::Result<(T, Vec<u8>)> {
    let mut lengths = [[0; 4]; 2];
    from.read_exact(lengths.as_flattened_mut())?;
    let [said, bytes] = lengths.map(u32::from_le_bytes);
    if said.max(bytes) > MESSAGE_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (mut said, mut bytes) = (vec![0; said as usize], vec![0; bytes as usize]);
    from.read_exact(&mut said)?;
    from.read_exact(&mut bytes)?;
    Ok((minicbor::decode(&said).map_err(|_| io::ErrorKind::InvalidData)?, bytes))
}
