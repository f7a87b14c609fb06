//! Protections that the simulator switches off one at a time, to show that it would notice.
//!
//! Entry point: [`is_off`], asked where a protection stands. Must never: switch anything off in a program that is shipped; without the feature
//! `injected`, for which only the simulator asks, the answer is a constant.

/// A protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The same id twice is one entry.
    Dedup,
    /// A receipt is given only for what is on disk.
    AckBeforeFsync,
    /// A device's answers count in its own counter's order.
    DeviceOrder,
    /// A page is taken only where it extends what was seen.
    HeadCheck,
    /// A stamp names the newest head of the register.
    RegisterHead,
    /// A form closes by an entry, not by a laptop's clock.
    CloseByEntry,
    /// A vote takes no ballots after its closing entry.
    VoteClosing,
    /// Who is marked absent has no vote.
    Absence,
    /// A write that nobody has named stands beside the later one.
    NamedWrites,
    /// A closing without a place gives no result.
    AwaitClosing,
    /// A kind counts under its legal keys only.
    LegalKeys,
    /// A kind that is not in the table counts nowhere.
    KnownKinds,
    /// Names, rosters and law are said by officials only.
    RegisterWriters,
    /// Ids and counters count once.
    UniqueIds,
    /// What is opened is what was promised, in its own place.
    Commitments,
    /// An entry's author had seen this chain.
    SeenChain,
    /// A stamp's time lies between those of its register head and the next.
    StampTimes,
    /// A receipt is for the very bytes that were sent.
    ReceiptBytes,
    /// Two stamps of one place are kept and shown.
    Forks,
    /// Keys are handed to those only who may have them.
    Entitlement,
    /// A rotation reaches somebody.
    Reach,
    /// A pair that answers are sealed to was laid by a teller.
    TellersPairs,
    /// A request is signed with the code's key.
    CodeKey,
    /// A seat takes two officials' word.
    Vouchers,
    /// Officers are the root's.
    RootOfficers,
    /// What is called unreadable is tried.
    SpoilProof,
    /// What fixes a result is what the answers come to.
    SettledWhole,
    /// Authors open what tellers leave sealed.
    AuthorsOpen,
}

impl Fault {
    /// Those of the hub, the network and honest mistakes, by name.
    pub const OF_CHANCE: [(&'static str, Fault); 10] = [
        ("dedup", Fault::Dedup),
        ("ack-before-fsync", Fault::AckBeforeFsync),
        ("device-order", Fault::DeviceOrder),
        ("head-check", Fault::HeadCheck),
        ("register-head", Fault::RegisterHead),
        ("close-by-entry", Fault::CloseByEntry),
        ("vote-closing", Fault::VoteClosing),
        ("absence", Fault::Absence),
        ("named-writes", Fault::NamedWrites),
        ("await-closing", Fault::AwaitClosing),
    ];

    /// Those that hold against insiders, by name.
    pub const OF_INSIDERS: [(&'static str, Fault); 18] = [
        ("legal-keys", Fault::LegalKeys),
        ("known-kinds", Fault::KnownKinds),
        ("register-writers", Fault::RegisterWriters),
        ("unique-ids", Fault::UniqueIds),
        ("commitments", Fault::Commitments),
        ("seen-chain", Fault::SeenChain),
        ("stamp-times", Fault::StampTimes),
        ("receipt-bytes", Fault::ReceiptBytes),
        ("forks", Fault::Forks),
        ("entitlement", Fault::Entitlement),
        ("reach", Fault::Reach),
        ("tellers-pairs", Fault::TellersPairs),
        ("code-key", Fault::CodeKey),
        ("vouchers", Fault::Vouchers),
        ("root-officers", Fault::RootOfficers),
        ("spoil-proof", Fault::SpoilProof),
        ("settled-whole", Fault::SettledWhole),
        ("authors-open", Fault::AuthorsOpen),
    ];
}

#[cfg(feature = "injected")]
mod injected {
    use super::Fault;
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    thread_local! {
        static OFF: Cell<Option<Fault>> = const { Cell::new(None) };
        static CLOCKS: RefCell<BTreeMap<[u8; 16], u64>> = const { RefCell::new(BTreeMap::new()) };
    }

    /// Whether a protection is switched off on this thread.
    pub fn is_off(fault: Fault) -> bool {
        OFF.get() == Some(fault)
    }

    /// The clock by which a laptop closes forms, where [`Fault::CloseByEntry`] is switched off.
    pub fn clock_of(device: [u8; 16]) -> Option<u64> {
        if is_off(Fault::CloseByEntry) { CLOCKS.with_borrow(|clocks| clocks.get(&device).copied()) } else { None }
    }

    /// Sets that clock.
    pub fn set_clock(device: [u8; 16], clock_ms: u64) {
        CLOCKS.with_borrow_mut(|clocks| clocks.insert(device, clock_ms));
    }

    /// Runs something with one protection switched off, or none, on this thread.
    pub fn with<T>(fault: Option<Fault>, run: impl FnOnce() -> T) -> T {
        let before = OFF.replace(fault);
        let done = run();
        OFF.set(before);
        done
    }
}

#[cfg(feature = "injected")]
pub use injected::{clock_of, is_off, set_clock, with};

/// Whether a protection is switched off: never.
#[cfg(not(feature = "injected"))]
#[inline(always)]
pub const fn is_off(_: Fault) -> bool {
    false
}

/// The clock by which a laptop closes forms: none does.
#[cfg(not(feature = "injected"))]
#[inline(always)]
pub const fn clock_of(_: [u8; 16]) -> Option<u64> {
    None
}
