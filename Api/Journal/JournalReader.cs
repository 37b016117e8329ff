using Rialto.Journal;

namespace Rialto.Api.Journal;

/// <summary>Which events somebody wants to see: of one category, of one stream, or all.</summary>
internal readonly record struct Selection(string? Category, StreamId? Stream)
{
    public bool IsAll => Category is null && Stream is null;

    /// <summary>Whether nothing can ever be in it: a stream has one category.</summary>
    public bool IsEmpty => Category is not null && Stream is { } stream && stream.Category != Category;

    public bool Has(JournalRecord record) =>
        (Category is null || record.Stream.Category == Category) && (Stream is not { } stream || record.Stream == stream);
}

/// <summary>Reads pages of a journal, or of a part of it, after a place.</summary>
internal static class JournalReader
{
    public static async ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(IJournal journal, Selection selection, Seq after, int limit, CancellationToken cancellation)
    {
        if (selection.IsEmpty) return [];
        if (selection.IsAll) return await journal.ReadAsync(after, limit, cancellation);
        if (selection.Stream is { } stream)
        {
            var last = (await journal.ReadVersionsAsync([stream], cancellation))[0];
            var before = await SearchAsync(last, after, version => journal.ReadStreamAsync(stream, version, 1, cancellation));
            return await journal.ReadStreamAsync(stream, before, limit, cancellation);
        }
        var ordinals = (await journal.ReadEndAsync(cancellation)).Ordinals;
        var end = ordinals.GetValueOrDefault(selection.Category!);
        var skipped = await SearchAsync(end, after, ordinal => journal.ReadCategoryAsync(selection.Category!, ordinal, 1, cancellation));
        return await journal.ReadCategoryAsync(selection.Category!, skipped, limit, cancellation);
    }

    /// <summary>How many of the numbers 1 to <paramref name="last"/> stand at or before a place. Numbers grow with places, so halving finds it.</summary>
    /// <param name="last">The last number.</param>
    /// <param name="after">The place.</param>
    /// <param name="next">Reads the one event after a number.</param>
    private static async ValueTask<long> SearchAsync(long last, Seq after, Func<long, ValueTask<IReadOnlyList<JournalRecord>>> next)
    {
        if (after == Seq.None) return 0;
        long low = 0, high = last;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var found = await next(middle);
            if (found.Count == 0 || found[0].Seq > after) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
