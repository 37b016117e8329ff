import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { ApiError, browser, read, serverNow, write, type Answer, type Method, type Problem } from "../api/client";
import type { JournalItem } from "../api/types";
import { ClusterFeed, type ClusterSnapshot } from "./cluster";
import { JournalFeed, type JournalSnapshot, type Surroundings } from "./journal";

const around: Surroundings = { fetch: browser.fetch, wait: browser.wait, nextFrame: (draw) => requestAnimationFrame(draw), now: Date.now };

export interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

interface Live {
  journal: JournalFeed;
  cluster: ClusterFeed;
  actor: string;
  setActor: (actor: string) => void;
  toasts: readonly Toast[];
  say: (tone: Toast["tone"], text: string) => void;
}

const LiveContext = createContext<Live | null>(null);
const actorKey = "rialto.actor";
const toastMs = 6_000;
/** A tab that nobody has looked at for so long gives its connection back. */
const unseenMs = 15_000;

/** What all pages share: the two streams, who acts, and what is said in passing. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [feeds] = useState(() => ({ journal: new JournalFeed(around), cluster: new ClusterFeed(around) }));
  const [actor, choose] = useState(() => localStorage.getItem(actorKey) ?? "ann");
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const lastToast = useRef(0);

  useEffect(() => {
    feeds.journal.start(actor);
    return () => feeds.journal.stop();
  }, [feeds, actor]);
  useEffect(() => {
    let leaving: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(leaving);
      if (document.hidden) leaving = setTimeout(() => feeds.journal.stop(), unseenMs);
      else feeds.journal.resume();
    };
    document.addEventListener("visibilitychange", look);
    const seconds = setInterval(() => feeds.journal.tick(), 1_000);
    return () => {
      document.removeEventListener("visibilitychange", look);
      clearTimeout(leaving);
      clearInterval(seconds);
    };
  }, [feeds]);

  const setActor = useCallback((next: string) => {
    localStorage.setItem(actorKey, next);
    choose(next);
  }, []);
  const say = useCallback((tone: Toast["tone"], text: string) => {
    const id = ++lastToast.current;
    setToasts((before) => [...before.slice(-3), { id, tone, text }]);
    setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), toastMs);
  }, []);
  const live = useMemo(() => ({ ...feeds, actor, setActor, toasts, say }), [feeds, actor, setActor, toasts, say]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("Only inside LiveProvider.");
  return live;
}

export const useActor = (): string => useLive().actor;

export function useJournal(): JournalSnapshot {
  const { journal } = useLive();
  return useSyncExternalStore(journal.subscribe, journal.read);
}

export function useCluster(): ClusterSnapshot {
  const { cluster } = useLive();
  return useSyncExternalStore(cluster.subscribe, cluster.read);
}

export interface Resource<T> {
  data: T | null;
  problem: Problem | null;
  /** The journal is visible up to here in the data. */
  seq: number;
  reload: () => void;
}

/** At most so often is something read again, however much happens to it. */
const pauseMs = 200;
const retryMs = 1_500;

/**
 * Something read from the API, read again whenever an event says that it changed. `path` null: nothing is wanted now. What was read stays
 * while it is read again; another path begins anew.
 */
export function useResource<T>(path: string | null, concerns?: (event: JournalItem) => boolean): Resource<T> {
  const { journal, actor } = useLive();
  const [state, setState] = useState<{ key: string; data: T | null; problem: Problem | null; seq: number }>({ key: "", data: null, problem: null, seq: 0 });
  const [round, setRound] = useState(0);
  const key = `${actor} ${path ?? ""}`;
  const concern = useRef(concerns);
  concern.current = concerns;

  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reading = false;
    let wanted = 0;
    let seen = 0;

    const load = async (): Promise<void> => {
      reading = true;
      timer = undefined;
      const asked = wanted;
      try {
        const separator = path.includes("?") ? "&" : "?";
        const answer: Answer<T> = await read<T>(asked > 0 && !path.includes("at=") ? `${path}${separator}minSeq=${asked}` : path, actor, ending.signal);
        seen = Math.max(answer.seq, asked);
        setState({ key, data: answer.body, problem: null, seq: answer.seq });
      } catch (error) {
        if (ending.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setState((before) => ({ key, data: before.key === key ? before.data : null, problem: error.problem, seq: before.seq }));
        // What the server cannot answer now it may answer soon; a no stays a no until something happens.
        if (error.problem.status === 0 || error.problem.status >= 500) timer = setTimeout(() => void load(), retryMs);
        else seen = Math.max(seen, asked);
      } finally {
        reading = false;
      }
      if (wanted > seen && timer === undefined) timer = setTimeout(() => void load(), pauseMs);
    };
    void load();
    const untap = journal.tap((event) => {
      if (!concern.current?.(event)) return;
      wanted = Math.max(wanted, event.seq);
      if (!reading && timer === undefined && wanted > seen) timer = setTimeout(() => void load(), pauseMs);
    });
    const unreset = journal.onReset(() => {
      clearTimeout(timer);
      void load();
    });
    return () => {
      ending.abort();
      clearTimeout(timer);
      untap();
      unreset();
    };
  }, [journal, actor, path, key, round]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : null, problem: isCurrent ? state.problem : null, seq: isCurrent ? state.seq : 0, reload };
}

export interface Command {
  busy: boolean;
  problem: Problem | null;
  clear: () => void;
  /** Says a command; null if it was refused, and then the problem is shown. */
  run: <T>(path: string, body?: unknown, method?: Method) => Promise<T | null>;
}

/** Writes, one at a time. */
export function useCommand(done?: string): Command {
  const { actor, say } = useLive();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = useCallback(
    async <T,>(path: string, body?: unknown, method: Method = "POST"): Promise<T | null> => {
      setBusy(true);
      setProblem(null);
      try {
        const answer = await write<T>(path, body, actor, method);
        if (done !== undefined) say("good", done);
        return answer.body;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        setProblem(error.problem);
        return null;
      } finally {
        setBusy(false);
      }
    },
    [actor, say, done],
  );
  const clear = useCallback(() => setProblem(null), []);
  return { busy, problem, clear, run };
}

/** The server's time, again and again. */
export function useNow(everyMs = 250): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
