using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// Owners of orders and the accounts that they trade on, as small numbers for as long as they have orders: comparing two is then comparing
/// numbers. Who trades on the account of the same name, as nearly all do, is the number of that name; others are below zero.
/// </summary>
internal sealed class Parties
{
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Stack<int> _freeNames = new();
    private readonly List<Name> _names = [];
    private readonly Stack<int> _freePairs = new();
    private readonly List<(int Owner, int Account)> _pairs = [];

    private struct Name
    {
        public string? Text;
        public int Uses;
    }

    /// <summary>The number of a name that is in use; -1 if it is not.</summary>
    public int Find(string name) => _byName.GetValueOrDefault(name, -1);

    /// <summary>Who owns.</summary>
    public string OwnerOf(int party) => _names[party >= 0 ? party : _pairs[~party].Owner].Text!;

    /// <summary>On which account.</summary>
    public string AccountOf(int party) => _names[party >= 0 ? party : _pairs[~party].Account].Text!;

    /// <summary>Whether this name, by its number, is the party's owner or account.</summary>
    public bool Has(int party, int name) => party >= 0 ? party == name : _pairs[~party].Owner == name || _pairs[~party].Account == name;

    /// <summary>One more order of this owner.</summary>
    /// <param name="owner">Who owns it.</param>
    /// <param name="account">On which account; null for the owner's own.</param>
    public int Enter(string owner, string? account)
    {
        var name = Use(owner);
        if (account is null) return name;
        var pair = (name, Use(account));
        if (!_freePairs.TryPop(out var free))
        {
            _pairs.Add(pair);
            return ~(_pairs.Count - 1);
        }
        _pairs[free] = pair;
        return ~free;
    }

    /// <summary>One order less.</summary>
    public void Leave(int party)
    {
        if (party >= 0)
        {
            Drop(party);
            return;
        }
        var (owner, account) = _pairs[~party];
        _freePairs.Push(~party);
        Drop(owner);
        Drop(account);
    }

    private int Use(string text)
    {
        if (!_byName.TryGetValue(text, out var name))
        {
            if (!_freeNames.TryPop(out name))
            {
                name = _names.Count;
                _names.Add(default);
            }
            _names[name] = new Name { Text = text };
            _byName.Add(text, name);
        }
        CollectionsMarshal.AsSpan(_names)[name].Uses++;
        return name;
    }

    private void Drop(int name)
    {
        ref var left = ref CollectionsMarshal.AsSpan(_names)[name];
        if (--left.Uses > 0) return;
        _byName.Remove(left.Text!);
        left.Text = null;
        _freeNames.Push(name);
    }
}
