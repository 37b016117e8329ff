using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Rialto.Markets;

/// <summary>
/// The one codec for journal, HTTP and calls between nodes: JSON, with a stable short name for each type. A name once written is read for ever:
/// to change a shape, add optional fields; to change a meaning, add a type. The tests hold names and shapes in golden files.
/// </summary>
public static class MarketCodec
{
    private static readonly Catalog<Event> Events = new("event", [
        ("auction.created", MarketJsonContext.Default.AuctionCreated),
        ("auction.joined", MarketJsonContext.Default.BidderJoined),
        ("auction.start-awaited", MarketJsonContext.Default.StartAwaited),
        ("auction.started", MarketJsonContext.Default.AuctionStarted),
        ("auction.round-opened", MarketJsonContext.Default.RoundOpened),
        ("auction.bid-placed", MarketJsonContext.Default.BidPlaced),
        ("auction.round-revealed", MarketJsonContext.Default.RoundRevealed),
        ("auction.price-moved", MarketJsonContext.Default.PriceMoved),
        ("auction.price-offered", MarketJsonContext.Default.PriceOffered),
        ("auction.sold", MarketJsonContext.Default.AuctionSold),
        ("auction.unsold", MarketJsonContext.Default.AuctionUnsold),
        ("auction.cancelled", MarketJsonContext.Default.AuctionCancelled),
        ("ledger.created", MarketJsonContext.Default.LedgerCreated),
        ("ledger.account-opened", MarketJsonContext.Default.AccountOpened),
        ("ledger.issued", MarketJsonContext.Default.FundsIssued),
        ("ledger.transfer-made", MarketJsonContext.Default.TransferMade),
        ("ledger.transfer-held", MarketJsonContext.Default.TransferHeld),
        ("ledger.funds-held", MarketJsonContext.Default.FundsHeld),
        ("ledger.transfer-posted", MarketJsonContext.Default.TransferPosted),
        ("ledger.transfer-voided", MarketJsonContext.Default.TransferVoided),
        ("ledger.transfer-expired", MarketJsonContext.Default.TransferExpired),
        ("ledger.trade-proposed", MarketJsonContext.Default.TradeProposed),
        ("ledger.proposal-accepted", MarketJsonContext.Default.ProposalAccepted),
        ("ledger.proposal-rejected", MarketJsonContext.Default.ProposalRejected),
        ("ledger.proposal-expired", MarketJsonContext.Default.ProposalExpired),
        ("region.opened", MarketJsonContext.Default.RegionOpened),
        ("region.terms-changed", MarketJsonContext.Default.TermsChanged),
        ("region.unit-registered", MarketJsonContext.Default.UnitRegistered),
        ("region.unit-moved", MarketJsonContext.Default.UnitMoved),
        ("region.unit-seen", MarketJsonContext.Default.UnitSeen),
        ("region.unit-lost", MarketJsonContext.Default.UnitLost),
        ("region.unit-status-changed", MarketJsonContext.Default.UnitStatusChanged),
        ("region.hospital-registered", MarketJsonContext.Default.HospitalRegistered),
        ("region.hospital-changed", MarketJsonContext.Default.HospitalChanged),
        ("region.incident-reported", MarketJsonContext.Default.IncidentReported),
        ("region.incident-queued", MarketJsonContext.Default.IncidentQueued),
        ("region.unit-allocated", MarketJsonContext.Default.UnitAllocated),
        ("region.hospital-allocated", MarketJsonContext.Default.HospitalAllocated),
        ("region.bed-awaited", MarketJsonContext.Default.BedAwaited),
        ("region.hospital-released", MarketJsonContext.Default.HospitalReleased),
        ("region.workflow-started", MarketJsonContext.Default.WorkflowStarted),
        ("region.commands-sent", MarketJsonContext.Default.CommandsSent),
        ("region.unit-acknowledged", MarketJsonContext.Default.UnitAcknowledged),
        ("region.unit-arrived", MarketJsonContext.Default.UnitArrived),
        ("region.transport-started", MarketJsonContext.Default.TransportStarted),
        ("region.patient-delivered", MarketJsonContext.Default.PatientDelivered),
        ("region.unit-released", MarketJsonContext.Default.UnitReleased),
        ("region.incident-completed", MarketJsonContext.Default.IncidentCompleted),
        ("region.incident-cancelled", MarketJsonContext.Default.IncidentCancelled),
        ("ledger.hold-paid", MarketJsonContext.Default.HoldPaid),
        ("stock.listed", MarketJsonContext.Default.StockListed),
        ("stock.traded", MarketJsonContext.Default.StockTraded),
        ("stock.adjusted", MarketJsonContext.Default.StockAdjusted),
        ("book.created", MarketJsonContext.Default.BookCreated),
        ("book.order-placed", MarketJsonContext.Default.OrderPlaced),
        ("book.order-replaced", MarketJsonContext.Default.OrderReplaced),
        ("book.order-cancelled", MarketJsonContext.Default.OrderCancelled),
        ("book.halted", MarketJsonContext.Default.BookHalted),
        ("book.resumed", MarketJsonContext.Default.BookResumed),
        ("book.paid", MarketJsonContext.Default.PaymentsConfirmed),
        ("shelf.stocked", MarketJsonContext.Default.ShelfStocked),
        ("shelf.fetch-failed", MarketJsonContext.Default.FetchFailed),
        ("watch.set", MarketJsonContext.Default.WatchSet),
        ("watch.gap-exceeded", MarketJsonContext.Default.GapExceeded),
        ("watch.gap-closed", MarketJsonContext.Default.GapClosed),
        ("watch.removed", MarketJsonContext.Default.WatchRemoved),
    ]);

    private static readonly Catalog<Command> Commands = new("command", [
        ("auction.create", MarketJsonContext.Default.CreateAuction),
        ("auction.join", MarketJsonContext.Default.JoinAuction),
        ("auction.start", MarketJsonContext.Default.StartAuction),
        ("auction.bid", MarketJsonContext.Default.PlaceBid),
        ("auction.cancel", MarketJsonContext.Default.CancelAuction),
        ("auction.give-up-start", MarketJsonContext.Default.GiveUpStart),
        ("auction.close-round", MarketJsonContext.Default.CloseRound),
        ("auction.close-bidding", MarketJsonContext.Default.CloseBidding),
        ("auction.lower-price", MarketJsonContext.Default.LowerPrice),
        ("ledger.create", MarketJsonContext.Default.CreateLedger),
        ("ledger.open-account", MarketJsonContext.Default.OpenAccount),
        ("ledger.transfer", MarketJsonContext.Default.Transfer),
        ("ledger.post", MarketJsonContext.Default.PostTransfer),
        ("ledger.void", MarketJsonContext.Default.VoidTransfer),
        ("ledger.hold", MarketJsonContext.Default.HoldFunds),
        ("ledger.post-hold", MarketJsonContext.Default.PostHold),
        ("ledger.release-hold", MarketJsonContext.Default.ReleaseHold),
        ("ledger.propose", MarketJsonContext.Default.ProposeTrade),
        ("ledger.accept-proposal", MarketJsonContext.Default.AcceptProposal),
        ("ledger.reject-proposal", MarketJsonContext.Default.RejectProposal),
        ("ledger.expire-due", MarketJsonContext.Default.ExpireDue),
        ("region.configure", MarketJsonContext.Default.ConfigureRegion),
        ("region.register-unit", MarketJsonContext.Default.RegisterUnit),
        ("region.report-status", MarketJsonContext.Default.ReportStatus),
        ("region.move-unit", MarketJsonContext.Default.MoveUnit),
        ("region.heartbeat", MarketJsonContext.Default.SendHeartbeat),
        ("region.register-hospital", MarketJsonContext.Default.RegisterHospital),
        ("region.report-beds", MarketJsonContext.Default.ReportBeds),
        ("region.report-incident", MarketJsonContext.Default.ReportIncident),
        ("region.cancel-incident", MarketJsonContext.Default.CancelIncident),
        ("region.meet-deadlines", MarketJsonContext.Default.MeetDeadlines),
        ("ledger.pay-from-holds", MarketJsonContext.Default.PayFromHolds),
        ("stock.list", MarketJsonContext.Default.ListStock),
        ("stock.trade", MarketJsonContext.Default.TradeStock),
        ("stock.adjust", MarketJsonContext.Default.AdjustStock),
        ("book.create", MarketJsonContext.Default.CreateBook),
        ("book.place", MarketJsonContext.Default.PlaceOrder),
        ("book.replace", MarketJsonContext.Default.ReplaceOrder),
        ("book.cancel", MarketJsonContext.Default.CancelOrder),
        ("book.halt", MarketJsonContext.Default.HaltBook),
        ("book.resume", MarketJsonContext.Default.ResumeBook),
        ("book.confirm-payments", MarketJsonContext.Default.ConfirmPayments),
        ("shelf.stock", MarketJsonContext.Default.StockShelf),
        ("shelf.note-failure", MarketJsonContext.Default.NoteFailure),
        ("watch.set", MarketJsonContext.Default.SetWatch),
        ("watch.report-gap", MarketJsonContext.Default.ReportGap),
        ("watch.remove", MarketJsonContext.Default.RemoveWatch),
    ]);

    private static readonly Catalog<Query> Queries = new("query", [
        ("auction.get", MarketJsonContext.Default.GetAuction),
        ("auction.get-scale", MarketJsonContext.Default.GetAuctionScale),
        ("ledger.get-facts", MarketJsonContext.Default.GetLedgerFacts),
        ("ledger.get-trial-balance", MarketJsonContext.Default.GetTrialBalance),
        ("ledger.get-account", MarketJsonContext.Default.GetAccount),
        ("ledger.get-transfer", MarketJsonContext.Default.GetTransfer),
        ("ledger.get-proposal", MarketJsonContext.Default.GetProposal),
        ("ledger.get-proposals", MarketJsonContext.Default.GetProposals),
        ("region.get", MarketJsonContext.Default.GetRegion),
        ("region.get-units", MarketJsonContext.Default.GetUnits),
        ("region.get-unit", MarketJsonContext.Default.GetUnit),
        ("region.get-hospitals", MarketJsonContext.Default.GetHospitals),
        ("region.get-hospital", MarketJsonContext.Default.GetHospital),
        ("region.get-incident", MarketJsonContext.Default.GetIncident),
        ("stock.get", MarketJsonContext.Default.GetStock),
        ("book.get-terms", MarketJsonContext.Default.GetBookTerms),
        ("book.get", MarketJsonContext.Default.GetBook),
        ("book.get-order", MarketJsonContext.Default.GetOrder),
        ("book.get-orders", MarketJsonContext.Default.GetOrders),
        ("shelf.get", MarketJsonContext.Default.GetShelf),
        ("watch.get", MarketJsonContext.Default.GetWatch),
    ]);

    private static readonly Catalog<View> Views = new("view", [
        ("auction.view", ViewJsonContext.Default.AuctionView),
        ("auction.scale", ViewJsonContext.Default.AuctionScaleView),
        ("auction.list-item", ViewJsonContext.Default.AuctionListItem),
        ("ledger.facts", ViewJsonContext.Default.LedgerFactsView),
        ("ledger.account", ViewJsonContext.Default.AccountView),
        ("ledger.trial-balance", ViewJsonContext.Default.TrialBalanceView),
        ("ledger.transfer", ViewJsonContext.Default.TransferView),
        ("ledger.transfers", ViewJsonContext.Default.TransfersView),
        ("ledger.proposal", ViewJsonContext.Default.ProposalView),
        ("ledger.proposals", ViewJsonContext.Default.ProposalsView),
        ("ledger.list-item", ViewJsonContext.Default.LedgerListItem),
        ("ledger.history-line", ViewJsonContext.Default.HistoryLine),
        ("region.view", ViewJsonContext.Default.RegionView),
        ("region.unit", ViewJsonContext.Default.UnitView),
        ("region.units", ViewJsonContext.Default.UnitsView),
        ("region.hospital", ViewJsonContext.Default.HospitalView),
        ("region.hospitals", ViewJsonContext.Default.HospitalsView),
        ("region.incident", ViewJsonContext.Default.IncidentView),
        ("region.incident-list-item", ViewJsonContext.Default.IncidentListItem),
        ("region.list-item", ViewJsonContext.Default.RegionListItem),
        ("stock.view", ViewJsonContext.Default.StockView),
        ("stock.order", ViewJsonContext.Default.StockOrderView),
        ("book.terms", ViewJsonContext.Default.BookTermsView),
        ("book.view", ViewJsonContext.Default.BookView),
        ("book.order", ViewJsonContext.Default.OrderView),
        ("book.orders", ViewJsonContext.Default.OrdersView),
        ("book.trade", ViewJsonContext.Default.TradeView),
        ("book.candle", ViewJsonContext.Default.CandleView),
        ("book.list-item", ViewJsonContext.Default.BookListItem),
        ("shelf.view", ViewJsonContext.Default.ShelfView),
        ("listing.vehicle", ViewJsonContext.Default.VehicleView),
        ("listing.comparison", ViewJsonContext.Default.CompareView),
        ("listing.history", ViewJsonContext.Default.VehicleHistoryView),
        ("listing.import", ViewJsonContext.Default.ImportView),
        ("watch.view", ViewJsonContext.Default.WatchView),
    ]);

    /// <summary>Every event's stable name.</summary>
    public static ImmutableArray<string> EventNames => Events.Names;

    /// <summary>Every event's stable name, and its type.</summary>
    public static IEnumerable<(string Name, Type Type)> EventShapes => Events.Shapes;

    /// <summary>Every command's stable name.</summary>
    public static ImmutableArray<string> CommandNames => Commands.Names;

    /// <summary>Every query's stable name.</summary>
    public static ImmutableArray<string> QueryNames => Queries.Names;

    /// <summary>Every view's stable name.</summary>
    public static ImmutableArray<string> ViewNames => Views.Names;

    /// <summary>The event's stable name, such as <c>auction.created</c>.</summary>
    public static string TypeOf(Event happened) => Events.NameOf(happened);

    /// <summary>The command's stable name.</summary>
    public static string TypeOf(Command command) => Commands.NameOf(command);

    /// <summary>The query's stable name.</summary>
    public static string TypeOf(Query query) => Queries.NameOf(query);

    /// <summary>The view's stable name.</summary>
    public static string TypeOf(View view) => view is EncodedView encoded ? encoded.Type : Views.NameOf(view);

    /// <summary>The event as JSON, without its name.</summary>
    public static byte[] Encode(Event happened) => Events.Encode(happened);

    /// <summary>The command as JSON, without its name.</summary>
    public static byte[] Encode(Command command) => Commands.Encode(command);

    /// <summary>The query as JSON, without its name.</summary>
    public static byte[] Encode(Query query) => Queries.Encode(query);

    /// <summary>The view as JSON, without its name.</summary>
    public static byte[] Encode(View view) => view is EncodedView encoded ? encoded.Json.ToArray() : Views.Encode(view);

    /// <summary>Lends a view's JSON to somebody who copies it.</summary>
    public static void WithJson<TState>(View view, TState state, JsonUse<TState> use) => Views.WithJson(view, (state, use), static (json, to) =>
    {
        to.use(json, to.state);
        return true;
    });

    /// <summary>Writes a view into a document that is being written.</summary>
    public static void Write(Utf8JsonWriter writer, View view)
    {
        if (view is EncodedView encoded) writer.WriteRawValue(encoded.Json.Span, skipInputValidation: true);
        else Views.Write(writer, view);
    }

    /// <summary>An event by its name and JSON.</summary>
    /// <exception cref="UnknownTypeException">No event has this name.</exception>
    public static Event Decode(string type, ReadOnlySpan<byte> json) => Events.Decode(type, json);

    /// <summary>A command by its name and JSON.</summary>
    /// <exception cref="UnknownTypeException">No command has this name.</exception>
    public static Command DecodeCommand(string type, ReadOnlySpan<byte> json) => Commands.Decode(type, json);

    /// <summary>A query by its name and JSON.</summary>
    /// <exception cref="UnknownTypeException">No query has this name.</exception>
    public static Query DecodeQuery(string type, ReadOnlySpan<byte> json) => Queries.Decode(type, json);

    /// <summary>A view by its name and JSON.</summary>
    /// <exception cref="UnknownTypeException">No view has this name.</exception>
    public static View DecodeView(string type, ReadOnlySpan<byte> json) => Views.Decode(type, json);

    /// <summary>
    /// A stable hash of what a command asks for (FNV-1a over name and JSON, then mixed), to tell a repeated command from a reused id. Never 0.
    /// </summary>
    public static ulong Fingerprint(Command command)
    {
        const ulong prime = 1099511628211;
        var hash = 14695981039346656037;
        foreach (var letter in Commands.NameOf(command)) hash = (hash ^ letter) * prime;
        hash = Commands.WithJson(command, hash, static (json, hash) =>
        {
            foreach (var octet in json) hash = (hash ^ octet) * prime;
            return hash;
        });
        hash ^= hash >> 32;
        return hash == 0 ? 1 : hash;
    }

    private static class Scratch
    {
        private const int KeepBytes = 1 << 16;

        [ThreadStatic]
        private static ArrayBufferWriter<byte>? t_buffer;
        [ThreadStatic]
        private static Utf8JsonWriter? t_writer;

        // Letters of all scripts stay as they are; what could break out of a page's markup is escaped.
        private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true };

        public static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) Borrow()
        {
            var buffer = t_buffer;
            if (buffer is null || buffer.Capacity > KeepBytes)
            {
                t_buffer = buffer = new ArrayBufferWriter<byte>(1024);
                t_writer = new Utf8JsonWriter(buffer, Options);
            }
            buffer.ResetWrittenCount();
            t_writer!.Reset(buffer);
            return (buffer, t_writer);
        }
    }

    private sealed class Catalog<T> where T : class
    {
        private readonly string _what;
        private readonly FrozenDictionary<Type, (string Name, JsonTypeInfo Shape)> _byType;
        private readonly FrozenDictionary<string, JsonTypeInfo> _byName;

        public Catalog(string what, (string Name, JsonTypeInfo Shape)[] entries)
        {
            _what = what;
            _byType = entries.ToFrozenDictionary(entry => entry.Shape.Type);
            _byName = entries.ToFrozenDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal);
            Names = [.. entries.Select(entry => entry.Name)];
        }

        public ImmutableArray<string> Names { get; }

        public IEnumerable<(string Name, Type Type)> Shapes => Names.Select(name => (name, _byName[name].Type));

        public string NameOf(T value) => Entry(value).Name;

        public byte[] Encode(T value) => WithJson(value, 0, static (json, _) => json.ToArray());

        public void Write(Utf8JsonWriter writer, T value) => JsonSerializer.Serialize(writer, value, Entry(value).Shape);

        public TResult WithJson<TState, TResult>(T value, TState state, JsonUse<TState, TResult> use)
        {
            var (buffer, writer) = Scratch.Borrow();
            Write(writer, value);
            writer.Flush();
            return use(buffer.WrittenSpan, state);
        }

        public T Decode(string name, ReadOnlySpan<byte> json)
        {
            if (!_byName.TryGetValue(name, out var shape)) throw new UnknownTypeException(_what, name);
            return (T)(JsonSerializer.Deserialize(json, shape) ?? throw new JsonException($"The {_what} '{name}' is null."));
        }

        private (string Name, JsonTypeInfo Shape) Entry(T value) =>
            _byType.TryGetValue(value.GetType(), out var entry) ? entry : throw new UnknownTypeException(_what, value.GetType().Name);
    }

    private delegate TResult JsonUse<TState, TResult>(ReadOnlySpan<byte> json, TState state);
}

/// <summary>Does something with JSON that is only lent.</summary>
public delegate void JsonUse<TState>(ReadOnlySpan<byte> json, TState state);

/// <summary>Something was written by a newer version, or never: no type has this name.</summary>
public sealed class UnknownTypeException(string what, string name)
    : Exception($"There is no {what} called '{name}'. Was it written by a newer version of Rialto?")
{
    /// <summary>The name that nobody knows.</summary>
    public string Name { get; } = name;
}
