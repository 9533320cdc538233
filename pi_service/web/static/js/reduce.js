// How an event changes what the page knows. Pure: takes a state, returns the next one.

const QUEUED = new Set(["requested", "composing", "waiting"]);
const ON_PAPER = new Set(["drawing", "paused"]);

/** Whether the pen has begun a job and left it, whole or not. */
export function wasDrawn(job) {
  return !QUEUED.has(job.state) && !ON_PAPER.has(job.state) && job.edition != null;
}

/** Whether nothing can be drawn before somebody puts in new paper. */
export function needsPaper({ machine, job, queue, sheet }) {
  const idle = job === null && !["drawing", "pausing", "paused"].includes(machine.state);
  return idle && sheet?.free === 0 && !queue.some((waiting) => waiting.sheet === sheet.id);
}

const without = (jobs, id) => jobs.filter((job) => job.id !== id);
const inOrder = (a, b) => a.priority - b.priority || a.id - b.id;
const newestFirst = (a, b) => b.id - a.id;

/** The history with `jobs` in it, each once, newest first. */
export function mergeHistory(known, jobs) {
  const byId = new Map(known.map((job) => [job.id, job]));
  for (const job of jobs.filter(wasDrawn)) byId.set(job.id, job);
  return [...byId.values()].sort(newestFirst);
}

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
    const same = state.job?.id === job.id;
    next.job = { ...job, strokes: same ? state.job.strokes : null };
    if (!same) next.progress = null;
  } else if (state.job?.id === job.id) {
    next.job = null;
    next.progress = null;
  }
  return next;
}

function withDrawing(state, data) {
  const id = typeof data.job === "object" ? data.job.id : data.job;
  const known = state.job?.id === id ? state.job : state.queue.find((job) => job.id === id);
  const described = typeof data.job === "object" ? data.job : { id, state: "drawing" };
  const job = { ...known, ...described, strokes: data.strokes };
  if (data.first_stroke !== undefined) job.strokes_drawn = data.first_stroke;
  if (!ON_PAPER.has(job.state)) job.state = "drawing";
  return { ...state, job, queue: without(state.queue, id), progress: null };
}

function withState(state, data) {
  const jobs = data.job === null ? [] : [data.job];
  return { ...data, history: mergeHistory(state?.history ?? [], jobs), fresh: true };
}

/** The state after an event. */
export function reduce(state, kind, data) {
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
    case "sheet":
      return { ...known, sheet: data };
    case "pen":
      return { ...known, pen: data };
    case "notice":
      return { ...known, notices: [...(known.notices ?? []), data].slice(-20) };
    case "deleted":
      return { ...known, history: without(known.history, data.job) };
    case "workshop":
      return { ...known, workshop: data };
    case "problem":
      return { ...known, problems: data.problems };
    default:
      return known;
  }
}
