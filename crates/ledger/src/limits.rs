//! Every limit of the ledger and its wire, each with its reason.

/// An entry with its body: the largest form (50 questions, 1,000 papers) stays below it.
pub const ENTRY_BYTES_MAX: usize = 512 * 1024;
/// Papers that one entry names; the largest packet measured had 496 files.
pub const PAPERS_MAX: usize = 1_000;
/// Entries that one entry replaces: two laptops that crossed, a few times over.
pub const REPLACES_MAX: usize = 64;
/// A paper's ciphertext: twelve times the largest file measured (87 MB).
pub const PAPER_BYTES_MAX: u64 = 1024 * 1024 * 1024;
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
pub const OPEN_REQUESTS_PER_SECOND: u32 = 1_000;
/// Requests a device may make in a second, averaged over ten.
pub const REQUESTS_PER_SECOND: u32 = 200;
