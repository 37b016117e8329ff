using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>
/// Plays one entity's past again, to answer commands as they were answered then. However many ask, its stream is read by one at a time: who comes
/// while it is being read is answered by the same reading, if that has not passed the version yet, and else by the next one.
/// </summary>
internal sealed class SharedReplay(StreamId stream, EntityKind kind, EntityHistory history)
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Question, long> _open = new();
    private readonly List<Question> _next = [];
    private long _at;
    private long _greatest;
    private bool _isReading;

    private sealed class Question(long version, Func<LoadedEntity, CommandReply> answer) : TaskCompletionSource<CommandReply>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Version { get; } = version;

        public void Answer(LoadedEntity then)
        {
            try
            {
                TrySetResult(answer(then));
            }
            catch (Exception e)
            {
                TrySetException(e);   // Its own, and nobody else's.
            }
        }
    }

    /// <summary>Answers from what the entity was right after a version.</summary>
    /// <param name="version">A version that is durable.</param>
    /// <param name="answer">Looks at it; may not keep it.</param>
    /// <exception cref="JournalException">The journal cannot be read, or does not reach so far.</exception>
    public async ValueTask<CommandReply> AskAsync(long version, Func<LoadedEntity, CommandReply> answer)
    {
        var question = new Question(version, answer);
        bool reads;
        lock (_gate)
        {
            if (_isReading && version <= _at) _next.Add(question);
            else Open(question);
            reads = !_isReading;
            _isReading = true;
            if (reads) _at = 0;
        }
        // It goes on for others when this one is answered.
        if (reads) _ = ReadAsync();
        return await question.Task;
    }

    /// <summary>Reads until nobody asks any more.</summary>
    private async Task ReadAsync()
    {
        do
        {
            try
            {
                await history.ReplayAsync(stream, kind, WantedFrom, Show);
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }
        while (BeginAgain());
    }

    /// <summary>The versions that somebody asks for, from and to, or null. Who asks for one that was passed meanwhile waits for the next reading.</summary>
    private (long First, long Last)? WantedFrom(long version)
    {
        lock (_gate)
        {
            while (_open.TryPeek(out var passed, out var wanted) && wanted < version)
            {
                _open.Dequeue();
                _next.Add(passed);
            }
            _at = _open.Count > 0 ? version : long.MaxValue;
            return _open.TryPeek(out _, out var next) ? (next, _greatest) : null;
        }
    }

    private void Show(LoadedEntity then)
    {
        while (TakeAt(then.Version) is { } question) question.Answer(then);
    }

    private Question? TakeAt(long version)
    {
        lock (_gate) return _open.TryPeek(out _, out var wanted) && wanted == version ? _open.Dequeue() : null;
    }

    /// <summary>Whoever this reading has not answered is not answered by it.</summary>
    private void Fail(Exception why)
    {
        List<Question> unanswered = [];
        lock (_gate)
            while (_open.TryDequeue(out var question, out _)) unanswered.Add(question);
        foreach (var question in unanswered) question.TrySetException(why);
    }

    private void Open(Question question)
    {
        _open.Enqueue(question, question.Version);
        _greatest = Math.Max(_greatest, question.Version);
    }

    private bool BeginAgain()
    {
        lock (_gate)
        {
            (_at, _greatest) = (0, 0);
            foreach (var question in _next) Open(question);
            _next.Clear();
            return _isReading = _open.Count > 0;
        }
    }
}
