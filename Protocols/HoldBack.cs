using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// The requests whose causes, named by command, have no place yet: the hold-back queue of causal ordering (K. Birman, A. Schiper,
/// P. Stephenson, "Lightweight Causal and Atomic Group Multicast", 1991), with every wait bounded in time and in number.
///
/// What is held here is the wait, not the place in line. A held request is answered at once; its sender sends it again after a while, decided and stamped anew. So its vector clock is never older than that of what overtook it, and its stream is not
/// blocked meanwhile: the missing cause may well be the next event of the same stream. One wait spans all sendings of a command.
/// Requests that wait for each other would wait for ever: the one that closes the circle, and all in it, are refused at once.
/// </summary>
internal sealed class HoldBack(int maxHeld, int holdForMs)
{
    private sealed class Held(AppendRequest request, long untilUnixMs)
    {
        public AppendRequest Request = request;
        public readonly long UntilUnixMs = untilUnixMs;
        public readonly SortedDictionary<int, Seq> Found = [];
        public AppendStatus State = AppendStatus.Held;
        public bool IsReady => Found.Count == Request.CausesByCommand.Length;
    }

    private readonly Dictionary<CommandId, Held> _held = [];
    private readonly Dictionary<CommandId, List<CommandId>> _waitingFor = [];
    private readonly Queue<(CommandId Command, long UntilUnixMs)> _byAge = new();

    /// <summary>How many are kept, those included that were refused and are remembered for one more wait.</summary>
    public int Count => _held.Count;

    /// <summary>When the oldest wait is over.</summary>
    public long DueAtUnixMs => _byAge.TryPeek(out var oldest) ? oldest.UntilUnixMs : long.MaxValue;

    /// <summary>A request with a cause that has no place: held, or why not.</summary>
    /// <param name="request">The request.</param>
    /// <param name="placeOf">A command's last place, or none.</param>
    /// <param name="nowUnixMs">The leader's time.</param>
    public AppendStatus Hold(AppendRequest request, Func<CommandId, Seq> placeOf, long nowUnixMs)
    {
        if (_held.TryGetValue(request.Command, out var known))
        {
            if (known.State == AppendStatus.Held) return Renew(known, request, placeOf, nowUnixMs);
            Forget(request.Command);
            return known.State;
        }
        if (_held.Count >= maxHeld) return AppendStatus.HoldBackFull;
        var held = new Held(request, nowUnixMs + holdForMs);
        _held.Add(request.Command, held);
        _byAge.Enqueue((request.Command, held.UntilUnixMs));
        return Await(held, placeOf, nowUnixMs);
    }

    /// <summary>The place of a cause that a held request has waited for, though nobody else remembers it any more.</summary>
    public Seq FoundFor(CommandId command, int cause) =>
        _held.TryGetValue(command, out var held) && cause < held.Request.CausesByCommand.Length && held.Found.TryGetValue(cause, out var seq) ? seq : Seq.None;

    /// <summary>A command is durable: whoever waited for all but it is let go. Its own wait, if it had one, is over.</summary>
    public void Written(CommandId command, Seq last)
    {
        if (_held.Count == 0) return;
        Forget(command);
        if (!_waitingFor.Remove(command, out var waiting)) return;
        foreach (var id in waiting)
        {
            if (!_held.TryGetValue(id, out var held) || held.State != AppendStatus.Held) continue;
            var causes = held.Request.CausesByCommand;
            for (var i = 0; i < causes.Length; i++)
                if (causes[i] == command) held.Found[i] = last;
        }
    }

    /// <summary>Ends the waits that have lasted too long.</summary>
    public void Expire(long nowUnixMs)
    {
        while (_byAge.TryPeek(out var oldest) && oldest.UntilUnixMs <= nowUnixMs)
        {
            _byAge.Dequeue();
            if (!_held.TryGetValue(oldest.Command, out var held) || held.UntilUnixMs > oldest.UntilUnixMs) continue;
            if (held.State == AppendStatus.Held && !held.IsReady) Refuse(held, AppendStatus.MissingCause, nowUnixMs);
            else Forget(oldest.Command);
        }
    }

    private AppendStatus Renew(Held held, AppendRequest request, Func<CommandId, Seq> placeOf, long nowUnixMs)
    {
        if (!held.Request.CausesByCommand.AsSpan().SequenceEqual(request.CausesByCommand.AsSpan()))
        {
            Unlist(held.Request);
            held.Found.Clear();
            held.Request = request;
            return Await(held, placeOf, nowUnixMs);
        }
        held.Request = request;
        return AppendStatus.Held;
    }

    private AppendStatus Await(Held held, Func<CommandId, Seq> placeOf, long nowUnixMs)
    {
        var causes = held.Request.CausesByCommand;
        for (var i = 0; i < causes.Length; i++)
        {
            if (placeOf(causes[i]) is var place && place > Seq.None) held.Found[i] = place;
            else if (_waitingFor.TryGetValue(causes[i], out var others)) others.Add(held.Request.Command);
            else _waitingFor.Add(causes[i], [held.Request.Command]);
        }
        return RefuseCircle(held.Request.Command, nowUnixMs) ? AppendStatus.CausalCycle : AppendStatus.Held;
    }

    /// <summary>Follows the causes of a request that has just begun to wait; if they lead back to it, all on the way are refused.</summary>
    private bool RefuseCircle(CommandId start, long nowUnixMs)
    {
        var cameFrom = new Dictionary<CommandId, CommandId>();
        var open = new Stack<CommandId>();
        open.Push(start);
        while (open.TryPop(out var at))
        {
            if (!_held.TryGetValue(at, out var held) || held.State != AppendStatus.Held) continue;
            for (var i = 0; i < held.Request.CausesByCommand.Length; i++)
            {
                var cause = held.Request.CausesByCommand[i];
                if (held.Found.ContainsKey(i)) continue;
                if (cause == start)
                {
                    for (var member = at; member != start; member = cameFrom[member]) Refuse(_held[member], AppendStatus.CausalCycle, nowUnixMs);
                    Forget(start);
                    return true;
                }
                if (cameFrom.TryAdd(cause, at)) open.Push(cause);
            }
        }
        return false;
    }

    /// <summary>A refusal is remembered for one more wait, for the sender that has not read it and comes again.</summary>
    private void Refuse(Held held, AppendStatus why, long nowUnixMs)
    {
        Unlist(held.Request);
        var remembered = new Held(held.Request, nowUnixMs + holdForMs) { State = why };
        _held[held.Request.Command] = remembered;
        _byAge.Enqueue((held.Request.Command, remembered.UntilUnixMs));
    }

    private void Forget(CommandId command)
    {
        if (_held.Remove(command, out var held)) Unlist(held.Request);
    }

    private void Unlist(AppendRequest request)
    {
        foreach (var cause in request.CausesByCommand)
        {
            if (!_waitingFor.TryGetValue(cause, out var waiting)) continue;
            waiting.RemoveAll(id => id == request.Command);
            if (waiting.Count == 0) _waitingFor.Remove(cause);
        }
    }
}

/// <summary>
/// The last place of each of the commands that were ordered last: a bounded memory, oldest forgotten first. Most leaders are never asked:
/// what can be looked up is built when somebody asks for the first time, and until then noting a command is one write into a queue.
/// </summary>
internal sealed class CommandPlaces(int capacity)
{
    private readonly Queue<(CommandId Command, Seq Last)> _durable = new();
    private readonly List<(CommandId Command, Seq Last)> _doubtful = [];
    private readonly Dictionary<CommandId, Seq> _doubtfulPlaces = [];
    private Dictionary<CommandId, Seq>? _places;

    /// <summary>A command's last place, or none.</summary>
    public Seq this[CommandId command]
    {
        get
        {
            if (_places is null) BuildIndex();
            return _doubtfulPlaces.TryGetValue(command, out var doubtful) ? doubtful : _places!.GetValueOrDefault(command);
        }
    }

    /// <summary>The commands that were noted since the last <see cref="Confirm"/>, in order.</summary>
    public IReadOnlyList<(CommandId Command, Seq Last)> Doubtful => _doubtful;

    /// <summary>Notes where a command will stand if its batch is written.</summary>
    public void Note(CommandId command, Seq last)
    {
        _doubtful.Add((command, last));
        if (_places is not null) _doubtfulPlaces[command] = last;
    }

    /// <summary>Notes where a command stands.</summary>
    public void NoteDurable(CommandId command, Seq last)
    {
        _durable.Enqueue((command, last));
        if (_places is not null) _places[command] = last;
        if (_durable.Count <= capacity) return;
        var oldest = _durable.Dequeue();
        if (_places is not null && _places.GetValueOrDefault(oldest.Command) == oldest.Last) _places.Remove(oldest.Command);
    }

    /// <summary>What was noted is durable.</summary>
    public void Confirm()
    {
        foreach (var (command, last) in _doubtful) NoteDurable(command, last);
        Retract();
    }

    /// <summary>What was noted since the last <see cref="Confirm"/> is not known to be durable.</summary>
    public void Retract()
    {
        _doubtful.Clear();
        _doubtfulPlaces.Clear();
    }

    private void BuildIndex()
    {
        _places = new Dictionary<CommandId, Seq>(_durable.Count);
        foreach (var (command, last) in _durable) _places[command] = last;
        foreach (var (command, last) in _doubtful) _doubtfulPlaces[command] = last;
    }
}
