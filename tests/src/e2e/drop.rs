//! Files dragged from another program and let go over a window: the source's half of the XDND protocol, version 5.

use anyhow::{Result, bail};
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const PATIENCE: Duration = Duration::from_secs(10);
/// As often as a hand moves on; the window answers in between.
const BETWEEN_MOVES: Duration = Duration::from_millis(50);
const VERSION: u32 = 5;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        URI_LIST: b"text/uri-list",
    }
}

struct Source<'a> {
    x: &'a RustConnection,
    atoms: Atoms,
    own: Window,
    target: Window,
    uris: String,
}

/// Drags files to a place in a window of a display and lets go there.
pub fn files(display: &str, target: Window, (left, top): (u32, u32), paths: &[&Path]) -> Result<()> {
    let (connection, screen) = x11rb::connect(Some(display))?;
    let own = connection.generate_id()?;
    let root = connection.setup().roots[screen].root;
    connection.create_window(0, own, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &Default::default())?;
    let atoms = Atoms::new(&connection)?.reply()?;
    connection.set_selection_owner(own, atoms.XdndSelection, x11rb::CURRENT_TIME)?;
    let uris = paths.iter().map(|path| uri(path)).collect();
    let source = Source { x: &connection, atoms, own, target, uris };
    source.tell(atoms.XdndEnter, [own, VERSION << 24, atoms.URI_LIST, 0, 0])?;
    source.drag((left << 16) | top)
}

/// As a file manager writes it: bytes beyond ASCII by their numbers, a line each.
fn uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(byte.into()),
            _ => write!(uri, "%{byte:02X}").expect("a string can be written"),
        }
    }
    uri + "\r\n"
}

impl Source<'_> {
    /// Moves until the window has read what comes and takes it; lets go; waits until it is done.
    fn drag(&self, place: u32) -> Result<()> {
        let (began, mut has_let_go) = (Instant::now(), false);
        while began.elapsed() < PATIENCE {
            if !has_let_go {
                let copy = self.atoms.XdndActionCopy;
                self.tell(self.atoms.XdndPosition, [self.own, 0, place, x11rb::CURRENT_TIME, copy])?;
            }
            std::thread::sleep(BETWEEN_MOVES);
            while let Some(event) = self.x.poll_for_event()? {
                match event {
                    Event::SelectionRequest(request) => self.give(&request)?,
                    Event::ClientMessage(told) if told.type_ == self.atoms.XdndStatus => {
                        let takes_it = told.data.as_data32()[1] & 1 == 1;
                        if takes_it && !has_let_go {
                            self.tell(self.atoms.XdndDrop, [self.own, 0, x11rb::CURRENT_TIME, 0, 0])?;
                            has_let_go = true;
                        }
                    }
                    Event::ClientMessage(told) if told.type_ == self.atoms.XdndFinished => return Ok(()),
                    _ => {}
                }
            }
        }
        bail!("the window took no files (let go: {has_let_go})")
    }

    fn give(&self, request: &SelectionRequestEvent) -> Result<()> {
        let bytes = self.uris.as_bytes();
        self.x.change_property8(PropMode::REPLACE, request.requestor, request.property, request.target, bytes)?;
        let given = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if request.target == self.atoms.URI_LIST { request.property } else { AtomEnum::NONE.into() },
        };
        self.x.send_event(false, request.requestor, EventMask::NO_EVENT, given)?;
        Ok(self.x.flush()?)
    }

    fn tell(&self, what: Atom, data: [u32; 5]) -> Result<()> {
        let message = ClientMessageEvent::new(32, self.target, what, data);
        self.x.send_event(false, self.target, EventMask::NO_EVENT, message)?;
        Ok(self.x.flush()?)
    }
}
