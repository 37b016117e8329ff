/** The shapes that the API answers with, as far as the console shows them. */

export interface Page<T> {
  items: T[];
  next: string | null;
}

// Cluster.

export type NodeState = "alive" | "suspected" | "failed" | "left";
export type Clock = Record<string, number>;

export interface NodeView {
  rank: number;
  state: NodeState;
  leader: boolean;
  lastHeardMs: number;
  clock: Clock;
  appliedSeq: number;
  lag: number;
  entities: number;
}

export interface Election {
  epoch: number;
  winner: number;
  startedBy: number;
  reason: string;
  answered: number[];
  milliseconds: number;
}

export interface Cluster {
  engine: string;
  leader: number | null;
  epoch: number;
  nodes: NodeView[];
  elections: Election[];
  refusedWrites: number;
  /** Whether nodes can be crashed, frozen and cut off from here. */
  changeable: boolean;
}

export interface Reconciliation {
  seq: number;
  agree: number[];
  rebuilt: { rank: number; differences: { stream: string; kind: string; version: number; found: number }[] }[];
  silent: number[];
}

// Journal.

export interface JournalItem {
  seq: number;
  epoch: number;
  stream: string;
  version: number;
  category: string;
  ordinal: number;
  type: string;
  data: Record<string, unknown>;
  commandId: string;
  causes: number[];
  clock: Clock;
  at: string;
  hash: string;
}

export interface Verification {
  events: number;
  epochs: number;
  ok: boolean;
  problems: { seq: number; code: string; detail: string }[];
}

// Auctions.

export type AuctionStatus = "open" | "awaiting-start" | "running" | "sold" | "unsold" | "cancelled";
export type AuctionFormat = "sealed-rounds" | "english" | "dutch" | "first-price" | "vickrey";

export interface Winner {
  bidder: string;
  total: number;
  price: number;
}

export interface AuctionListItem {
  id: string;
  item: string;
  format: AuctionFormat;
  status: AuctionStatus;
  auctioneer: string;
  asset: string | null;
  minimumBid: number;
  minimumRounds: number;
  minimumBidders: number;
  participantCount: number;
  round: number;
  roundClosesAt: string | null;
  closesAt: string | null;
  price: number | null;
  winner: Winner | null;
  createdAt: string;
  seq: number;
}

export interface Auction extends Omit<AuctionListItem, "participantCount" | "createdAt"> {
  scale: number;
  startBy: string | null;
  participants: string[];
  bidsInRound: number;
  rounds: { round: number; bids: Record<string, number> }[];
  yourBid: number | null;
  yourMaximum: number | null;
  reason: string | null;
  leader: string | null;
  nextMinimum: number | null;
  buyNow: number | null;
  reserveMet: boolean | null;
  reserve: number | null;
  softCloseSeconds: number | null;
}

// Ledgers.

export interface LedgerListItem {
  asset: string;
  scale: number;
  accounts: number;
  issued: number;
  createdAt: string;
}

export interface AccountLine {
  account: string;
  balance: number;
  available: number;
  postedDebits: number;
  postedCredits: number;
  pendingDebits: number;
  pendingCredits: number;
}

export interface TrialBalance {
  asset: string;
  scale: number;
  balanced: boolean;
  postedDebits: number;
  postedCredits: number;
  pendingDebits: number;
  pendingCredits: number;
  accountCount: number;
  accounts: AccountLine[];
  next: string | null;
  seq: number;
}

export interface Account extends AccountLine {
  asset: string;
  limit: number;
  seq: number;
}

export interface HistoryLine {
  at: string;
  kind: "issued" | "transfer" | "held" | "posted" | "voided" | "expired" | "paid";
  side: "debit" | "credit";
  counterparty: string;
  amount: number | null;
  balance: number;
  transfer: string;
  memo: string | null;
  proposal: string | null;
  seq: number;
}

export interface Proposal {
  id: string;
  asset: string;
  side: "buy" | "sell";
  account: string;
  counterparty: string;
  amount: number;
  status: "open" | "accepted" | "rejected" | "expired";
  expiresAt: string;
  transfer: string | null;
  seq: number;
}

// Dispatch.

export type UnitStatus = "available" | "dispatched" | "on-scene" | "transporting" | "at-hospital" | "off-duty";
export type IncidentStatus = "queued" | "dispatched" | "acknowledged" | "on-scene" | "transporting" | "at-hospital" | "completed" | "cancelled";

export interface RegionListItem {
  region: string;
  units: number;
  hospitals: number;
  activeIncidents: number;
  queuedIncidents: number;
}

export interface Unit {
  unit: string;
  kind: string;
  status: UnitStatus;
  incident: string | null;
  acknowledgeBy: string | null;
  hospital: string | null;
  lost: boolean;
  lat: number;
  lon: number;
  positionAt: string;
  seenAt: string;
  skills: string[];
}

export interface Hospital {
  hospital: string;
  lat: number;
  lon: number;
  open: boolean;
  beds: number;
  free: number;
  reserved: number;
  available: number;
}

export interface IncidentListItem {
  id: string;
  status: IncidentStatus;
  severity: number;
  lat: number;
  lon: number;
  reporter: string;
  reportedAt: string;
  closedAt: string | null;
  unit: string | null;
  hospital: string | null;
  reason: string | null;
  needs: string[];
}

export interface ChainStep {
  version: number;
  type: string;
  note: string;
  causes: number[];
}

export interface Incident extends IncidentListItem {
  region: string;
  acknowledgeBy: string | null;
  steps: ChainStep[];
  seq: number;
}

export interface Region {
  region: string;
  acknowledgeSeconds: number;
  heartbeatSeconds: number;
  positionSeconds: number;
  unitCount: number;
  idleUnits: number;
  hospitalCount: number;
  bedsAvailable: number;
  activeIncidents: number;
  queuedIncidents: number;
  awaitingBeds: number;
  reportedIncidents: number;
  finishedIncidents: number;
  units: Unit[];
  hospitals: Hospital[];
  queue: IncidentListItem[];
  seq: number;
}

export interface ChainReport {
  region: string;
  events: number;
  incidents: number;
  causes: number;
  ok: boolean;
  problems: { seq: number; code: string; detail: string }[];
}

// Orders.

export type Side = "buy" | "sell";
/** Price and quantity. */
export type Level = [price: number, quantity: number];

export interface BookListItem {
  symbol: string;
  asset: string;
  currency: string | null;
  status: "open" | "halted";
  bid: number | null;
  ask: number | null;
  last: number | null;
}

export interface Book {
  symbol: string;
  asset: string;
  currency: string | null;
  tick: number;
  lot: number;
  status: "open" | "halted";
  reason: string | null;
  bids: Level[];
  asks: Level[];
  last: number | null;
  orderCount: number;
  tradeCount: number;
  seq: number;
}

export interface Order {
  id: string;
  symbol: string;
  owner: string;
  side: Side;
  price: number | null;
  quantity: number;
  status: "open" | "partially-filled" | "filled" | "cancelled";
  filled: number;
  remaining: number;
  reason: string | null;
  fills: { price: number; quantity: number; trade: number }[];
  clientOrderId: string | null;
  seq: number;
}

export interface Trade {
  trade: number;
  price: number;
  quantity: number;
  side: Side;
  maker: string;
  taker: string;
  at: string;
  seq: number;
}

export interface Candle {
  from: string;
  seconds: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number;
}

export interface Stock {
  name: string;
  price: number;
  quantity: number;
}

export interface StockOrder {
  number: number;
  name: string;
  side: Side;
  quantity: number;
  price: number;
  at: string;
}

// Listings.

export type CompareMode = "cheapest" | "price-per-km" | "total-cost";

export interface Vehicle {
  id: string;
  vin: string | null;
  year: number;
  make: string;
  model: string;
  price: number;
  currency: string;
  kilometres: number | null;
  pricePerKm: number | null;
  location: string | null;
  country: string;
  city: string;
  trim: string | null;
  seller: string | null;
  url: string | null;
  fetchedAt: string;
  source: string;
}

export interface CityResult {
  country: string | null;
  city: string;
  vehicle: Vehicle | null;
  value: number | null;
  count: number;
  median: number | null;
  distanceKm: number | null;
  fetchedAt: string | null;
  fresh: boolean;
  failure: { source: string; code: string; detail: string; at: string } | null;
}

export interface Comparison {
  mode: CompareMode;
  currency: string;
  best: { country: string; city: string; vehicle: Vehicle; value: number };
  byCity: CityResult[];
  saving: number | null;
  recommendation: string;
  seq: number;
}

export interface Shelf {
  shelf: string;
  country: string;
  city: string;
  make: string;
  model: string;
  currency: string | null;
  count: number;
  source: string | null;
  fetchedAt: string | null;
  fresh: boolean | null;
  failure: { detail: string } | null;
}

export interface Watch {
  id: string;
  cities: string[];
  make: string;
  model: string;
  mode: CompareMode;
  threshold: number;
  status: string;
  gap: number | null;
  currency: string | null;
  best: string | null;
  next: string | null;
  reason: string | null;
  by: string;
  setAt: string;
  toldAt: string | null;
}
