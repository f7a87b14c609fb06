//! Every limit of the ledger and its wire, each with its reason.

use std::time::Duration;

/// An entry with its body: the largest form (50 questions, 1,000 papers) stays below it.
pub const ENTRY_BYTES_MAX: usize = 512 * 1024;
/// Papers that one entry names; the largest packet measured had 496 files.
pub const PAPERS_MAX: usize = 1_000;
/// Entries that one entry replaces: two laptops that crossed, a few times over.
pub const REPLACES_MAX: usize = 64;
/// A paper's ciphertext: twelve times the largest file measured (87 MB).
pub const PAPER_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Bytes of all papers that one device brings into one space: thirteen times the largest packet measured (600 MB).
pub const PAPERS_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
/// How long a half-finished upload is kept: a laptop that was away for a while goes on with it.
pub const PART_KEPT: Duration = Duration::from_secs(14 * 24 * 3_600);
/// People named in one control entry.
pub const PEOPLE_MAX: usize = 1_000;
/// Grants in one entry, about 1,700 bytes each, so that it stays below [`ENTRY_BYTES_MAX`].
pub const GRANTS_MAX: usize = 280;
/// Requests for one invitation: somebody who sets a laptop up again, a few times over.
pub const REQUESTS_PER_INVITATION_MAX: u32 = 5;
/// A proof that a token is good.
pub const PROOF_BYTES_MAX: usize = 512;
/// Entries handed in with one request; together they stay below [`APPEND_BYTES_MAX`].
pub const APPENDS_MAX: usize = 64;
/// Bytes of a request that hands entries in.
pub const APPEND_BYTES_MAX: usize = 2 * ENTRY_BYTES_MAX;
/// A wrapped key: an age file with one recipient.
pub const WRAPPED_BYTES_MAX: usize = 2_048;
/// Entries in one answer of the hub.
pub const PAGE_ENTRIES_MAX: usize = 500;
/// Bytes of one answer of the hub, after which it ends the page early.
pub const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of one upload request: a retry repeats at most this.
pub const UPLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Longest time that an invitation holds: a week.
pub const INVITATION_MS_MAX: u64 = 7 * 24 * 3_600_000;
/// How long a challenge may be answered.
pub const CHALLENGE_MS: u64 = 60_000;
/// How long a login holds.
pub const SESSION_MS: u64 = 12 * 3_600_000;
/// Requests without a login that one address may make in a second, averaged over ten: a building behind one address is below it.
pub const OPEN_REQUESTS_PER_SECOND: u32 = 300;
/// Requests a device may make in a second, averaged over ten.
pub const REQUESTS_PER_SECOND: u32 = 200;
/// Bytes of one request's body: the largest append, or an upload.
pub const BODY_MAX: usize = APPEND_BYTES_MAX + ENTRY_BYTES_MAX;
/// Bytes of all bodies that a hub takes in at a time.
pub const BODIES_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Of these, what one device may bring, or one address without a login.
pub const BODIES_OF_ONE_MAX: usize = 16 * 1024 * 1024;
/// Connections at a time.
pub const CONNECTIONS_MAX: usize = 8_192;
/// Of these, from one address: a building of 57 laptops has some 200, a hall of 500 behind one address up to 1,500.
pub const CONNECTIONS_OF_ONE_MAX: usize = 2_048;
/// How long the head of a request may take, from when the connection is free for it.
pub const HEAD_TIME: Duration = Duration::from_secs(20);
/// How long a body may stand still.
pub const BODY_GAP: Duration = Duration::from_secs(10);
/// How long a body may take: an upload on a bad line fits.
pub const BODY_TIME: Duration = Duration::from_secs(60);
/// How long nothing may move on a connection: laptops and hub touch theirs more often.
pub const IDLE: Duration = Duration::from_secs(60);
