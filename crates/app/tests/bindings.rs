//! Writes the types that cross to the screen, as the table of commands names them. `cargo xtask bindings` runs this; `cargo xtask check` fails
//! when they are stale.

use cabinet_app::{CommandVisitor, ErrorView, visit_commands};
use std::collections::BTreeSet;
use std::path::PathBuf;
use ts_rs::{Config, TS, TypeVisitor};

/// Writes a type and all that it names, and remembers what a command names by itself.
struct Types {
    config: Config,
    named: BTreeSet<String>,
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            T::export_all(&self.config).expect("the folder can be written");
            self.named.insert(T::ident(&self.config));
        } else {
            T::visit_generics(self);
        }
    }
}

struct Commands {
    types: Types,
    lines: Vec<String>,
}

impl CommandVisitor for Commands {
    fn command<Request: TS + 'static, Answer: TS + 'static>(&mut self, name: &'static str) {
        self.types.visit::<Request>();
        self.types.visit::<Answer>();
        let config = &self.types.config;
        self.lines.push(format!("  {name}: [{}, {}];\n", Request::name(config), Answer::name(config)));
    }
}

#[test]
fn types_for_the_screen_are_written() {
    let folder = PathBuf::from(
        std::env::var("BINDINGS_DIR").unwrap_or_else(|_| concat!(env!("CARGO_TARGET_TMPDIR"), "/bindings").into()),
    );
    let config = Config::new().with_out_dir(&folder);
    let mut commands = Commands { types: Types { config, named: BTreeSet::new() }, lines: Vec::new() };
    visit_commands(&mut commands);
    let Commands { types, lines } = commands;
    let imports: String =
        types.named.iter().map(|name| format!("import type {{ {name} }} from \"./{name}\";\n")).collect();
    let table = format!(
        "// Written from the table of commands; do not edit.\n{imports}\n/** Each command: what it takes, what it gives. */\n\
         export type Commands = {{\n{}}};\n",
        lines.concat()
    );
    std::fs::write(folder.join("commands.ts"), table).expect("the folder can be written");
    // What no command gives: how each of them fails.
    ErrorView::export_all(&types.config).expect("the folder can be written");
}
