namespace Rialto.Markets.Auctions;

/// <summary>
/// An auction in memory. It changes in place: thousands of participants and bids cost a step each, not a copy each. What only its format
/// needs to remember is in <see cref="Form"/>.
/// </summary>
public sealed class AuctionState
{
    private readonly List<string> _participants = [];
    private readonly HashSet<string> _joined = new(StringComparer.Ordinal);

    internal AuctionState(string key) => Key = key;

    /// <summary>The auction's key.</summary>
    public string Key { get; }

    /// <summary>Where it is in its life.</summary>
    public AuctionStatus Status { get; private set; }

    /// <summary>How it began; null before that.</summary>
    internal AuctionCreated? Created { get; private set; }

    internal AuctionFormat? Form { get; private set; }

    internal DateTimeOffset? StartBy { get; private set; }

    internal AuctionSold? Sold { get; private set; }

    internal string? Reason { get; private set; }

    internal AuctionTerms Terms => Created!.Terms;

    internal int Scale => Created!.Scale;

    internal string Auctioneer => Created!.Auctioneer;

    /// <summary>Who joined, in order of joining.</summary>
    internal IReadOnlyList<string> Participants => _participants;

    internal bool HasJoined(string bidder) => _joined.Contains(bidder);

    internal void Evolve(AuctionEvent happened)
    {
        switch (happened)
        {
            case AuctionCreated e:
                if (Created is not null) throw new InvalidOperationException($"Auction {Key} is created twice.");
                Created = e;
                Form = AuctionFormats.Create(e.Format);
                return;
            case var _ when Created is null:
                throw new InvalidOperationException($"{happened.GetType().Name} happens to auction {Key}, which was not created.");
            case BidderJoined e:
                if (_joined.Add(e.Bidder)) _participants.Add(e.Bidder);
                return;
            case StartAwaited e:
                Status = AuctionStatus.AwaitingStart;
                StartBy = e.Until;
                return;
            case AuctionStarted:
                Status = AuctionStatus.Running;
                StartBy = null;
                break;
            case AuctionSold e:
                Status = AuctionStatus.Sold;
                Sold = e;
                break;
            case AuctionUnsold e:
                Status = AuctionStatus.Unsold;
                Reason = e.Reason == UnsoldReason.NoBids ? "Nobody bid." : "The reserve was not met.";
                break;
            case AuctionCancelled e:
                Status = AuctionStatus.Cancelled;
                StartBy = null;
                Reason = e.Reason;
                break;
        }
        Form!.Evolve(happened);
    }

    internal static void Save(AuctionState state, BinaryWriter writer)
    {
        writer.Write(state.Created is not null);
        if (state.Created is null) return;
        WriteEvent(writer, state.Created);
        writer.Write((byte)state.Status);
        writer.WriteOptional(state.StartBy);
        writer.WriteOptional(state.Reason);
        writer.WriteAll(state._participants.Count, state._participants, static (to, bidder) => to.Write(bidder));
        writer.Write(state.Sold is not null);
        if (state.Sold is not null) WriteEvent(writer, state.Sold);
        state.Form!.Save(writer);
    }

    internal static AuctionState Load(string key, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        var state = new AuctionState(key);
        if (!reader.ReadBoolean()) return state;
        state.Created = (AuctionCreated)ReadEvent(reader);
        state.Status = (AuctionStatus)reader.ReadByte();
        state.StartBy = reader.ReadOptionalTime();
        state.Reason = reader.ReadOptionalText();
        reader.ReadAll(from =>
        {
            var bidder = from.ReadString();
            state._participants.Add(bidder);
            state._joined.Add(bidder);
        });
        if (reader.ReadBoolean()) state.Sold = (AuctionSold)ReadEvent(reader);
        state.Form = AuctionFormats.Create(state.Created.Format);
        state.Form.Load(reader);
        return state;
    }

    private static void WriteEvent(BinaryWriter writer, AuctionEvent happened)
    {
        var json = MarketCodec.Encode(happened);
        writer.Write(MarketCodec.TypeOf(happened));
        writer.Write7BitEncodedInt(json.Length);
        writer.Write(json);
    }

    private static Event ReadEvent(BinaryReader reader)
    {
        var type = reader.ReadString();
        return MarketCodec.Decode(type, reader.ReadBytes(reader.Read7BitEncodedInt()));
    }
}
