// How an event changes what the page knows. Pure: takes a state, returns the next one.

const QUEUED = new Set(["requested", "composing", "waiting"]);
const ON_PAPER = new Set(["drawing", "paused"]);

/**
 * Whether the pen has left a job, whole or not, and a stroke of it on the paper.
 *
 * @param {Job} job
 */
export function wasDrawn(job) {
  const left = !QUEUED.has(job.state) && !ON_PAPER.has(job.state) && job.edition != null;
  return left && Math.max(job.strokes_drawn, job.strokes_before) > 0;
}

/** @param {Job[]} jobs @param {number} id */
const without = (jobs, id) => jobs.filter((job) => job.id !== id);
/** @param {Job} a @param {Job} b */
const inOrder = (a, b) => a.priority - b.priority || a.id - b.id;
/** @param {Job} a @param {Job} b */
const newestFirst = (a, b) => b.id - a.id;

/**
 * The history with `jobs` in it, each once, newest first.
 *
 * @param {Job[]} known
 * @param {Job[]} jobs
 */
function mergeHistory(known, jobs) {
  const byId = new Map(known.map((job) => [job.id, job]));
  for (const job of jobs.filter(wasDrawn)) byId.set(job.id, job);
  return [...byId.values()].sort(newestFirst);
}

/**
 * Jobs of an answer as they are now: what was told of them while it was on its way is newer.
 *
 * @param {State} state
 * @param {Job[]} jobs
 * @param {Job[]} known The history when they were asked for.
 */
export function asTold({ history, gone }, jobs, known) {
  const told = new Map(history.filter((job) => !known.includes(job)).map((job) => [job.id, job]));
  return jobs.filter(({ id }) => !gone.includes(id)).map((job) => told.get(job.id) ?? job);
}

/**
 * The state with a page of the history in it. A page of the newest ends what was deleted unheard:
 * whatever was `known` when it was asked for and is not in it.
 *
 * @param {State} state
 * @param {Api.JobPage} page
 * @param {Job[]} known
 * @returns {State}
 */
export function withHistory(state, { jobs, before }, known, newest = false) {
  const ids = new Set(jobs.map((job) => job.id));
  const oldest = before === null ? 0 : Math.min(...ids);
  const ended = known.filter((job) => newest && job.id >= oldest && !ids.has(job.id));
  const history = state.history.filter((job) => !ended.includes(job));
  return { ...state, history: mergeHistory(history, asTold(state, jobs, known)), fresh: false };
}

/** @param {State} state @param {Job} job @returns {State} */
function withJob(state, job) {
  const next = {
    ...state,
    queue: without(state.queue, job.id),
    interrupted: without(state.interrupted ?? [], job.id),
    history: mergeHistory(state.history, [job]),
  };
  if (QUEUED.has(job.state)) next.queue = [...next.queue, job].sort(inOrder);
  if (job.state === "interrupted") next.interrupted = [...next.interrupted, job];
  if (ON_PAPER.has(job.state)) {
    const strokes = state.job?.id === job.id ? state.job.strokes : null;
    if (state.job?.id !== job.id) next.progress = null;
    next.job = { ...job, strokes };
  } else if (state.job?.id === job.id) {
    next.job = null;
    next.progress = null;
  }
  return next;
}

/** @param {State} state @param {Api.Drawing} data @returns {State} */
function withDrawing(state, data) {
  const { job: id, strokes, first_stroke: strokes_drawn } = data;
  const known = state.job?.id === id ? state.job : state.queue.find((job) => job.id === id);
  const job = /** @type {ActiveJob} */ ({ ...known, id, state: "drawing", strokes, strokes_drawn });
  return { ...state, job, queue: without(state.queue, id), progress: null };
}

/** @param {State} state @param {Api.Notice} notice @returns {State} */
function withZone(state, { fact }) {
  return fact.code === "zone-changed" ? { ...state, zone: String(fact.params.zone) } : state;
}

/** @param {State | null} state @param {Api.State} data @returns {State} */
function withState(state, data) {
  const jobs = data.job === null ? [] : [data.job];
  return { ...data, history: mergeHistory(state?.history ?? [], jobs), gone: [], fresh: true };
}

/**
 * The state after an event.
 *
 * @param {State | null} state
 * @param {LiveEvent} event
 * @returns {State | null}
 */
export function reduce(state, { kind, data }) {
  if (kind === "state") return withState(state, data);
  if (state === null) return state;
  const known = { ...state, fresh: false };
  switch (kind) {
    case "job":
      return withJob(known, data);
    case "drawing":
      return withDrawing(known, data);
    case "progress":
      return known.job?.id === data.job ? { ...known, progress: data } : known;
    case "machine":
      return { ...known, machine: data };
    case "shown":
      return { ...known, shown: data };
    case "stopped":
      return { ...known, stopped: data.stopped };
    case "sheet":
      return { ...known, sheet: data };
    case "pen":
      return { ...known, pen: data };
    case "notice":
      return { ...withZone(known, data), notices: [...(known.notices ?? []), data].slice(-20) };
    case "deleted":
      return { ...known, history: without(known.history, data.job), gone: [...known.gone, data.job] };
    case "workshop":
      return { ...known, workshop: data };
    case "camera":
      return { ...known, camera: data };
    case "approvals":
    case "problem":
      return { ...known, ...data };
    default:
      return known;
  }
}
