// Types that the page's modules share. For the type checker alone: no browser is sent this file.
// What the API answers is in the namespace Api, which `make check` makes of the API itself.

/** A place as [x, y]. */
type Point = number[];
/** A line that is drawn without lifting the pen. */
type Stroke = Point[];
type Size = { width: number; height: number };
/** How a drawing is moved: multiplied first. */
type Move = { scale: number; x: number; y: number };

/** What is told to a person: the code of a sentence, and what stands in its places. */
type Fact = { code: string; params: Record<string, FactValue> };
type FactValue = string | number | boolean | null | Fact | Fact[];
/** A sentence of the catalogue; one that depends on a number has two forms. */
type Sentence = string | { count: string; one?: string; other: string };

type Job = Api.Job;
/** The job on the paper; its lines are null until the pen starts on them. */
type ActiveJob = Job & { strokes: Stroke[] | null };
type Machine = Api.Machine;
type Calibration = Api.Calibration;
/** The machine as the maker's view knows it. */
type MachineView = Api.MakersMachine;

/** What the page knows: the service's state, what changed since, and the drawings of late. */
type State = Omit<Api.State, "job"> & {
  job: ActiveJob | null;
  /** Drawings that the pen has begun and left, the newest first. */
  history: Job[];
  /** What was deleted since the state came, for answers that were on their way. */
  gone: number[];
  /** Whether this is the state as a whole, not an event upon it. */
  fresh: boolean;
  workshop?: Api.Workshop;
};
/** How the page hears from the service: "asking" where the live stream has no place left. */
type Link = "connecting" | "live" | "asking" | "lost";
/** What a part of the page is drawn from. */
type Known = { state: State | null; link: Link };
/** What the store tells its listeners: events of the live stream, and what it changed itself. */
type StoreEvents = Omit<LiveEvents, "state"> & {
  state: Api.State | State;
  link: null;
  claim: null;
  history: null;
};
/** One of some events: its kind and what it tells. */
type Told<Events> = { [Kind in keyof Events]: { kind: Kind; data: Events[Kind] } }[keyof Events];
type LiveEvents = Omit<Api.Events, "sheet"> & { sheet: Api.Sheet | null };
/** An event of the live stream. */
type LiveEvent = Told<LiveEvents>;
type StoreEvent = Told<StoreEvents>;
type StoreListener = (event: StoreEvent) => unknown;

/** A view's address, name and styles; see router.js. */
type Route = {
  path: string;
  name: string;
  title: string;
  nav: string | null;
  css: string | null;
  staff: boolean;
  module: string;
};
/** What a view is given. */
type App = {
  store: typeof import("./store.js").store;
  api: typeof import("./api.js");
  t: typeof import("./i18n.js").t;
  session: typeof import("./session.js").session;
  navigate: typeof import("./router.js").navigate;
  setTitle: typeof import("./router.js").setTitle;
  /** Ask before the view is left while `unsaved` says so. */
  holdBack: (unsaved: () => boolean, question: string) => void;
};

/** What one address answers, and what may be sent to it: `Answer<Api.Get, "/state">`. */
type Answer<Routes, Path> = Routes extends { path: infer Known; answer: infer Given }
  ? Path extends Known
    ? Given
    : never
  : never;
type Sent<Routes, Path> = Routes extends { path: infer Known; body: infer Taken }
  ? Path extends Known
    ? Taken
    : never
  : never;

/** A button's label and the address that a press of it tells. */
type Action = [label: string, path: Api.Post["path"]];
/** What is told to a person, and what can be done about it. */
type Notice = { key: string; text: string; actions: Action[]; job?: Job };

/** The maker's view, and one of its cards: `show` is called after every look at the machine. */
type MakersRoom = import("./machine/room.js").Room;
type Card = { root: HTMLElement; show: (view: MachineView | null) => void; close?: () => void };
/** What a press does, with the button that shows how it goes. */
type Press = (button: HTMLButtonElement) => unknown;

type Listeners = { [Kind in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Kind]) => unknown };
/** Attributes of an element as HTML has them, and listeners for its events. */
interface Attributes extends Listeners {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own events carry what they like
  [name: string]: string | number | boolean | null | undefined | ((event: any) => unknown);
}

interface HTMLElementTagNameMap {
  "bed-view": import("./bed/view.js").BedView;
  "class-picker": import("./class-picker.js").ClassPicker;
  "drawing-pad": import("./draw/pad.js").DrawingPad;
  "proposal-choices": import("./draw/choices.js").ProposalChoices;
  "studio-controls": import("./controls.js").StudioControls;
}
