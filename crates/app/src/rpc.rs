//! The table of commands: what the screen may ask for. Panics, errors and the incident number are handled once, here.

use crate::uses::*;
use crate::{App, AppError, ErrorView};
use cabinet_domain::clean_text;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ts_rs::TS;

/// Runs a command by its name.
pub async fn rpc(app: &App, name: &str, arguments: Value) -> Result<Value, ErrorView> {
    let (app, name) = (app.clone(), name.to_owned());
    let ran = tokio::spawn(async move { run(&app, &name, arguments).await }).await;
    match ran {
        Ok(result) => result.map_err(|error| error.view()),
        Err(_) => {
            let incident: String = cabinet_seal::make_bytes::<4>().iter().map(|b| format!("{b:02x}")).collect();
            tracing::error!(incident, "a command ended unexpectedly");
            Err(AppError::Internal { incident }.view())
        }
    }
}

/// Sees what each command takes and gives.
pub trait CommandVisitor {
    /// A command by its name. One that takes nothing takes `()`.
    fn command<Request: TS + 'static, Answer: TS + 'static>(&mut self, name: &'static str);
}

macro_rules! commands {
    (plain { $($plain:literal => $plain_fn:path,)* } with { $($with:literal => $with_fn:path,)* } waits { $($waits:literal => $waits_fn:path,)* }) => {
        /// Names of all commands.
        pub const COMMANDS: &[&str] = &[$($plain,)* $($with,)* $($waits,)*];

        /// Shows each command's types, from the table itself, to what writes them down for the screen.
        pub fn visit_commands(visitor: &mut impl CommandVisitor) {
            fn plain<A: TS + 'static>(to: &mut impl CommandVisitor, name: &'static str, _: fn(&App) -> Result<A, AppError>) {
                to.command::<(), A>(name);
            }
            fn with<R: TS + 'static, A: TS + 'static>(
                to: &mut impl CommandVisitor,
                name: &'static str,
                _: fn(&App, R) -> Result<A, AppError>,
            ) {
                to.command::<R, A>(name);
            }
            fn waits<R: TS + 'static, A: TS + 'static>(
                to: &mut impl CommandVisitor,
                name: &'static str,
                _: impl AsyncFn(&App, R) -> Result<A, AppError>,
            ) {
                to.command::<R, A>(name);
            }
            $(plain(visitor, $plain, $plain_fn);)*
            $(with(visitor, $with, $with_fn);)*
            $(waits(visitor, $waits, $waits_fn);)*
        }

        async fn run(app: &App, name: &str, arguments: Value) -> Result<Value, AppError> {
            match name {
                $($plain => answer(tokio::task::block_in_place(|| $plain_fn(app))?),)*
                $($with => {
                    let request = read(arguments)?;
                    answer(tokio::task::block_in_place(|| $with_fn(app, request))?)
                })*
                $($waits => answer($waits_fn(app, read(arguments)?).await?),)*
                _ => Err(AppError::BadRequest("command".into())),
            }
        }
    };
}

commands! {
    plain {
        "status" => status::status,
        "home" => home::home,
        "sessions" => session::list::sessions,
        "people" => people::people,
        "letterhead" => people::letterhead,
        "lease" => lease::lease,
        "law" => law::law,
        "devices" => devices::devices,
        "heads" => histories::heads,
        "troubles" => troubles::troubles,
        "lock" => unlock::lock,
    }
    with {
        "enrol" => enrol::enrol,
        "unlock" => unlock::unlock,
        "forget_vault" => unlock::forget_vault,
        "change_passphrase" => unlock::change_passphrase,
        "form" => read_form::form,
        "answer" => answer::answer,
        "add_paper" => write_form::add_paper,
        "write_form" => write_form::write_form,
        "form_text" => write_form::form_text,
        "keep" => kept::keep,
        "kept" => kept::kept,
        "plan_form" => write_form::plan_form,
        "send_form" => write_form::send_form,
        "extend_form" => run_form::extend,
        "recall_form" => run_form::recall,
        "close_form" => run_form::close,
        "export_form" => export::export,
        "session" => session::read::session,
        "hall" => session::hall::hall,
        "seen_session" => session::read::seen_session,
        "create_session" => session::agenda::create,
        "edit_session" => session::agenda::edit,
        "add_items" => session::agenda::add,
        "move_item" => session::agenda::move_to,
        "settle_conflict" => session::agenda::settle,
        "plan_files" => session::files::plan,
        "file_files" => session::files::file,
        "edit_paper" => session::files::edit_paper,
        "note_paper" => session::files::note,
        "issue_session" => session::before::issue,
        "call_off_session" => session::before::call_off,
        "reply_session" => session::before::reply,
        "consent" => session::before::consent,
        "position" => session::before::position,
        "open_session" => session::room::open,
        "room" => session::room::room,
        "open_vote" => session::vote::open,
        "cast_ballot" => session::vote::cast,
        "pull_item" => session::vote::pull,
        "close_vote" => session::vote::close,
        "count_vote" => session::vote::count,
        "print" => print::print,
        "export_session" => session::export::export,
        "add_person" => people::add_person,
        "set_roster" => people::set_roster,
        "confirm" => people::confirm,
        "add_law" => law::add_law,
        "set_letterhead" => people::set_letterhead,
        "set_lease" => lease::set_lease,
        "invite" => devices::invite,
        "confirm_device" => devices::confirm_device,
        "revoke_device" => devices::revoke_device,
        "name_hub_key" => hub_key::name_hub_key,
        "name_branch" => histories::name_branch,
        "dismiss_alarms" => histories::dismiss_alarms,
        "seen_returned" => returned::seen,
        "search" => search::search,
        "paper" => pages::paper,
    }
    waits {
        "found" => found::found,
        "recover" => recover::recover,
    }
}

/// Arguments as a use case gets them: what people wrote is put right here, once.
fn read<T: DeserializeOwned>(mut arguments: Value) -> Result<T, AppError> {
    clean(&mut arguments);
    serde_json::from_value(arguments).map_err(|_| AppError::BadRequest("arguments".into()))
}

/// Arguments that are what they are: names of files, and what opens a vault.
const AS_THEY_ARE: &[&str] = &["path", "paths", "passphrase", "old", "new"];

fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean_text(text),
        Value::Array(all) => all.iter_mut().for_each(clean),
        Value::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| !AS_THEY_ARE.contains(&name.as_str())).for_each(|(_, v)| clean(v));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn answer<T: serde::Serialize>(value: T) -> Result<Value, AppError> {
    serde_json::to_value(value).map_err(|_| AppError::BadRequest("answer".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_people_wrote_is_put_right_and_names_of_files_are_not() {
        let mut arguments = json!({
            "path": "/to\u{301}m ta\u{306}t.pdf",
            "questions": [{"remark": "\u{feff}\u{111}o\u{302}\u{300}ng y\u{301}\r\n\u{202e}"}],
        });
        clean(&mut arguments);
        let right = json!({"path": "/to\u{301}m ta\u{306}t.pdf", "questions": [{"remark": "đồng ý\n"}]});
        assert_eq!(arguments, right);
    }
}
