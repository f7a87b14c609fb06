// The only place that knows Tauri.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { isPermissionGranted, requestPermission, sendNotification } from "@tauri-apps/plugin-notification";
import type { AddPaperRequest } from "../bindings/AddPaperRequest";
import type { AddPersonRequest } from "../bindings/AddPersonRequest";
import type { ConfirmRequest } from "../bindings/ConfirmRequest";
import type { AnswerRequest } from "../bindings/AnswerRequest";
import type { ChangePassphraseRequest } from "../bindings/ChangePassphraseRequest";
import type { DeviceRequest } from "../bindings/DeviceRequest";
import type { DeviceView } from "../bindings/DeviceView";
import type { EnrolRequest } from "../bindings/EnrolRequest";
import type { ErrorView } from "../bindings/ErrorView";
import type { ExportRequest } from "../bindings/ExportRequest";
import type { ExtendRequest } from "../bindings/ExtendRequest";
import type { ForgetRequest } from "../bindings/ForgetRequest";
import type { FormRequest } from "../bindings/FormRequest";
import type { FormText } from "../bindings/FormText";
import type { FormView } from "../bindings/FormView";
import type { FoundRequest } from "../bindings/FoundRequest";
import type { FoundView } from "../bindings/FoundView";
import type { HitView } from "../bindings/HitView";
import type { HomeView } from "../bindings/HomeView";
import type { InviteRequest } from "../bindings/InviteRequest";
import type { InviteView } from "../bindings/InviteView";
import type { KeepRequest } from "../bindings/KeepRequest";
import type { KeptRequest } from "../bindings/KeptRequest";
import type { AddLawRequest } from "../bindings/AddLawRequest";
import type { LawView } from "../bindings/LawView";
import type { LeaseView } from "../bindings/LeaseView";
import type { LetterheadView } from "../bindings/LetterheadView";
import type { NameHubKeyRequest } from "../bindings/NameHubKeyRequest";
import type { NewPaper } from "../bindings/NewPaper";
import type { PaperRequest } from "../bindings/PaperRequest";
import type { PaperShape } from "../bindings/PaperShape";
import type { PersonView } from "../bindings/PersonView";
import type { PlanRequest } from "../bindings/PlanRequest";
import type { PlanView } from "../bindings/PlanView";
import type { RecallRequest } from "../bindings/RecallRequest";
import type { RecoverRequest } from "../bindings/RecoverRequest";
import type { RecoverView } from "../bindings/RecoverView";
import type { SearchRequest } from "../bindings/SearchRequest";
import type { SendFormRequest } from "../bindings/SendFormRequest";
import type { SetRosterRequest } from "../bindings/SetRosterRequest";
import type { DismissRequest } from "../bindings/DismissRequest";
import type { HeadView } from "../bindings/HeadView";
import type { NameBranchRequest } from "../bindings/NameBranchRequest";
import type { SeenAlarmRequest } from "../bindings/SeenAlarmRequest";
import type { TroublesView } from "../bindings/TroublesView";
import type { StatusView } from "../bindings/StatusView";
import type { AddItemsRequest } from "../bindings/AddItemsRequest";
import type { BallotRequest } from "../bindings/BallotRequest";
import type { ConsentRequest } from "../bindings/ConsentRequest";
import type { CountRequest } from "../bindings/CountRequest";
import type { EditPaperRequest } from "../bindings/EditPaperRequest";
import type { EditRequest } from "../bindings/EditRequest";
import type { FileFilesRequest } from "../bindings/FileFilesRequest";
import type { MoveItemRequest } from "../bindings/MoveItemRequest";
import type { NewSessionRequest } from "../bindings/NewSessionRequest";
import type { NewSessionView } from "../bindings/NewSessionView";
import type { NotePaperRequest } from "../bindings/NotePaperRequest";
import type { OpenVoteRequest } from "../bindings/OpenVoteRequest";
import type { PlanFilesRequest } from "../bindings/PlanFilesRequest";
import type { PlannedFileView } from "../bindings/PlannedFileView";
import type { PositionRequest } from "../bindings/PositionRequest";
import type { PrintRequest } from "../bindings/PrintRequest";
import type { PullRequest } from "../bindings/PullRequest";
import type { ReadSessionRequest } from "../bindings/ReadSessionRequest";
import type { CallOffRequest } from "../bindings/CallOffRequest";
import type { ReplyRequest } from "../bindings/ReplyRequest";
import type { RoomRequest } from "../bindings/RoomRequest";
import type { SessionItem } from "../bindings/SessionItem";
import type { SessionRequest } from "../bindings/SessionRequest";
import type { SessionView } from "../bindings/SessionView";
import type { SettleRequest } from "../bindings/SettleRequest";
import type { UnfiledView } from "../bindings/UnfiledView";
import type { VoteRequest } from "../bindings/VoteRequest";
import type { UnlockRequest } from "../bindings/UnlockRequest";
import type { WrittenView } from "../bindings/WrittenView";

// Each command: what it takes, what it gives.
type Commands = {
  status: [null, StatusView];
  home: [null, HomeView];
  people: [null, PersonView[]];
  devices: [null, DeviceView[]];
  troubles: [null, TroublesView];
  heads: [null, HeadView[]];
  name_branch: [NameBranchRequest, null];
  dismiss_alarms: [SeenAlarmRequest, null];
  dismiss_refusal: [DismissRequest, null];
  lock: [null, null];
  forget_vault: [ForgetRequest, null];
  enrol: [EnrolRequest, null];
  unlock: [UnlockRequest, null];
  change_passphrase: [ChangePassphraseRequest, null];
  form: [FormRequest, FormView];
  answer: [AnswerRequest, null];
  add_paper: [AddPaperRequest, NewPaper];
  write_form: [FormText, WrittenView];
  form_text: [FormRequest, FormText];
  plan_form: [PlanRequest, PlanView];
  send_form: [SendFormRequest, null];
  extend_form: [ExtendRequest, null];
  recall_form: [RecallRequest, null];
  close_form: [FormRequest, null];
  export_form: [ExportRequest, null];
  sessions: [null, SessionItem[]];
  session: [ReadSessionRequest, SessionView];
  seen_session: [SessionRequest, null];
  create_session: [NewSessionRequest, NewSessionView];
  edit_session: [EditRequest, null];
  add_items: [AddItemsRequest, null];
  move_item: [MoveItemRequest, null];
  settle_conflict: [SettleRequest, null];
  plan_files: [PlanFilesRequest, PlannedFileView[]];
  file_files: [FileFilesRequest, UnfiledView[]];
  edit_paper: [EditPaperRequest, null];
  note_paper: [NotePaperRequest, null];
  issue_session: [SessionRequest, null];
  call_off_session: [CallOffRequest, null];
  reply_session: [ReplyRequest, null];
  consent: [ConsentRequest, null];
  position: [PositionRequest, null];
  open_session: [SessionRequest, null];
  room: [RoomRequest, null];
  open_vote: [OpenVoteRequest, null];
  cast_ballot: [BallotRequest, null];
  pull_item: [PullRequest, null];
  close_vote: [VoteRequest, null];
  count_vote: [CountRequest, null];
  export_session: [ExportRequest, null];
  print: [PrintRequest, null];
  add_person: [AddPersonRequest, string];
  confirm: [ConfirmRequest, null];
  law: [null, LawView];
  add_law: [AddLawRequest, null];
  set_roster: [SetRosterRequest, null];
  letterhead: [null, LetterheadView];
  lease: [null, LeaseView];
  set_letterhead: [LetterheadView, null];
  set_lease: [LeaseView, null];
  keep: [KeepRequest, null];
  kept: [KeptRequest, string | null];
  invite: [InviteRequest, InviteView];
  confirm_device: [DeviceRequest, null];
  revoke_device: [DeviceRequest, null];
  name_hub_key: [NameHubKeyRequest, null];
  search: [SearchRequest, HitView[]];
  paper: [PaperRequest, PaperShape];
  found: [FoundRequest, FoundView];
  recover: [RecoverRequest, RecoverView];
};

export function call<Name extends keyof Commands>(name: Name, request: Commands[Name][0]): Promise<Commands[Name][1]> {
  return invoke("rpc", { name, arguments: request });
}

export function isError(error: unknown): error is ErrorView {
  return typeof error === "object" && error !== null && "code" in error;
}

export const shell = () => invoke<{ demo_passphrase: string | null }>("shell");
export const setNetworkOff = (isOff: boolean) => invoke<void>("set_network_off", { isOff });
/** Opens the hall screen of a session in a second window. */
export const openHall = (session: string) => invoke<void>("open_hall", { session });
export const closeHall = () => getCurrentWindow().close();
/** The session that this window shows to the hall, if it is that window. */
export const hallSession = () => new URLSearchParams(location.search).get("hall");
export const closeNow = () => invoke<void>("close_now");
export const onEvent = (name: "changed" | "sync" | "closing", run: () => void) => listen(name, run);

export function pageUrl(form: string, paper: string, index: number, width: number): string {
  const host = navigator.userAgent.includes("Windows") ? "http://page.localhost" : "page://localhost";
  return `${host}/${form}/${paper}/${index}?width=${width}`;
}

/** What somebody chose: a handle that ends with its name. Only the shell knows the path. */
export const choosePdfs = () => invoke<string[]>("choose_pdfs");
export const chooseFolder = () => invoke<string | null>("choose_folder");
export const chooseTarget = (name: string, extension: string) =>
  invoke<string | null>("choose_target", { name, extension });
/** The name at a handle's end. */
export const chosenName = (handle: string) => handle.split("/").at(-1) ?? handle;

/** Files held over the window, and let go on it. */
export function onDrop(run: (handles: string[]) => void, over: (isOver: boolean) => void) {
  return listen<{ is_over: boolean; dropped: string[] }>("dragged", ({ payload }) => {
    over(payload.is_over);
    if (payload.dropped.length) run(payload.dropped);
  });
}

export async function notify(title: string, body: string): Promise<void> {
  const isAllowed = (await isPermissionGranted()) || (await requestPermission()) === "granted";
  if (isAllowed) sendNotification({ title, body });
}
