import type { ReactNode } from "react";

const strokes: Record<string, ReactNode> = {
  cluster: <><circle cx="12" cy="5" r="2.5" /><circle cx="5" cy="18" r="2.5" /><circle cx="19" cy="18" r="2.5" /><path d="m10.8 7.2-4.6 8.6m7-8.6 4.6 8.6M7.5 18h9" /></>,
  auctions: <><path d="m13.5 4.5 6 6m-8-4 6 6m-4.6-6.6-5 5 4.6 4.6 5-5M10 13l-6.5 6.5M13 21h8" /></>,
  exchange: <><path d="M6 4v16M6 8h4v7H6M18 4v16m0-11h-4v6h4" /></>,
  ledger: <><path d="M12 4v16M6 20h12M4 7h16M4 7l-2 6a3 3 0 0 0 6 0L6 7m14 0-2 6a3 3 0 0 0 6 0l-2-6" transform="translate(1.6 0) scale(.88 1)" /></>,
  listings: <><path d="M4 14l2-6a2 2 0 0 1 2-1.5h8A2 2 0 0 1 18 8l2 6v4h-3v-2H7v2H4zM4 14h16" /><path d="M7.5 14v.01m9 0v.01" /></>,
  dispatch: <><path d="M12 21s7-6.4 7-11.5A7 7 0 0 0 5 9.5C5 14.6 12 21 12 21z" /><path d="M12 6.5v6m-3-3h6" /></>,
  journal: <><path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM9 9h6M9 13h6" /></>,
  sun: <><circle cx="12" cy="12" r="4" /><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4m0-12.8L17 7M7 17l-1.4 1.4" /></>,
  moon: <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  plus: <path d="M12 5v14M5 12h14" />,
  pause: <path d="M9 6v12m6-12v12" />,
  play: <path d="M8 5.5v13l10.5-6.5z" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  wave: <path d="M3 14c3 0 3-4 6-4s3 4 6 4 3-4 6-4M3 19c3 0 3-4 6-4s3 4 6 4 3-4 6-4" />,
  down: <path d="M12 5v14m-6-6 6 6 6-6" />,
};

/** A drawing beside a word; never without one. */
export const Icon = ({ name }: { name: string }) => (
  <svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
    {strokes[name]}
  </svg>
);
