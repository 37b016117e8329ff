using Rialto.Journal;
using Rialto.Journal.Files;

namespace Rialto.Tests.Journals;

/// <summary>The compact list of places, against a plain one.</summary>
public sealed class SeqListTests
{
    [Fact]
    public void It_answers_what_a_plain_list_of_the_same_places_does()
    {
        const int seed = 20_260;
        var random = new Random(seed);
        var (compact, plain) = (new SeqList(), new List<long>());
        for (var n = 0; n < 1000; n++)
        {
            var next = (plain.Count == 0 ? 0 : plain[^1]) + 1 + (random.Next(4) == 0 ? random.NextInt64(1L << random.Next(1, 50)) : random.Next(3));
            plain.Add(next);
            compact.Add(new Seq(next));
        }
        Assert.Equal(plain.Count, compact.Count);
        foreach (var after in Enumerable.Range(-1, 1003))
            Assert.Equal(plain.Skip(after).Take(70), compact.After(after, 70));
    }
}
