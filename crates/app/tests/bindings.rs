//! Writes the types that cross to the screen. `cargo xtask bindings` runs this; `cargo xtask check` fails when they are stale.

use cabinet_app::ErrorView;
use cabinet_app::uses::*;
use ts_rs::{Config, TS};

#[test]
fn types_for_the_screen_are_written() {
    let folder =
        std::env::var("BINDINGS_DIR").unwrap_or_else(|_| concat!(env!("CARGO_TARGET_TMPDIR"), "/bindings").into());
    let config = Config::new().with_out_dir(folder);
    macro_rules! write {
        ($($type:ty),* $(,)?) => { $(<$type>::export_all(&config).expect("the folder can be written");)* };
    }
    write!(
        ErrorView,
        answer::AnswerRequest,
        devices::DeviceRequest,
        devices::DeviceView,
        devices::InviteRequest,
        devices::InviteView,
        enrol::EnrolRequest,
        export::ExportRequest,
        found::FoundRequest,
        found::FoundView,
        home::HomeView,
        kept::KeepRequest,
        kept::KeptRequest,
        lease::LeaseView,
        pages::PaperRequest,
        pages::PaperShape,
        people::AddPersonRequest,
        people::ConfirmRequest,
        people::LetterheadView,
        people::PersonView,
        people::SetRosterRequest,
        print::PrintRequest,
        read_form::FormRequest,
        read_form::FormView,
        hub_key::NameHubKeyRequest,
        recover::RecoverRequest,
        recover::RecoverView,
        run_form::ExtendRequest,
        run_form::RecallRequest,
        search::HitView,
        search::SearchRequest,
        session::SessionRequest,
        session::agenda::AddItemsRequest,
        session::agenda::EditRequest,
        session::agenda::MoveItemRequest,
        session::agenda::NewSessionRequest,
        session::agenda::NewSessionView,
        session::agenda::SettleRequest,
        session::before::CallOffRequest,
        session::before::ConsentRequest,
        session::before::PositionRequest,
        session::before::ReplyRequest,
        session::files::EditPaperRequest,
        session::files::FileFilesRequest,
        session::files::NotePaperRequest,
        session::files::PlanFilesRequest,
        session::files::PlannedFileView,
        session::files::UnfiledView,
        session::list::SessionItem,
        session::read::ReadSessionRequest,
        session::room::RoomRequest,
        session::view::SessionView,
        session::vote::BallotRequest,
        session::vote::CountRequest,
        session::vote::OpenVoteRequest,
        session::vote::PullRequest,
        session::vote::VoteRequest,
        status::StatusView,
        troubles::DismissRequest,
        troubles::TroublesView,
        unlock::ChangePassphraseRequest,
        unlock::UnlockRequest,
        write_form::AddPaperRequest,
        write_form::FormText,
        write_form::PlanRequest,
        write_form::PlanView,
        write_form::SendFormRequest,
        write_form::WrittenView,
    );
}
