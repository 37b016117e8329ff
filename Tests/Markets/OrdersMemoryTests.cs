using Rialto.Markets.Orders;
using Xunit.Abstractions;

namespace Rialto.Tests.Markets;

/// <summary>The exchange's data structure beside plain lists, and how much room it takes after a long life.</summary>
public sealed class OrdersMemoryTests(ITestOutputHelper output)
{
    /// <summary>A book that every thing is done to twice: to the real one, and to a list for each price.</summary>
    private sealed class TwoBooks
    {
        public readonly OrderBook Book = new();
        public readonly Dictionary<long, (OrderSide Side, long Price, long Lots, int Party)> Orders = [];
        private readonly SortedDictionary<(OrderSide Side, long Price), List<long>> _queues = [];

        public void Add(long number, OrderSide side, long price, long lots, int party)
        {
            Book.Add(number, side, price, lots, lots, party, number % 5 == 0 ? new OrderExtras { ClientOrderId = $"{number}" } : null);
            Orders.Add(number, (side, price, lots, party));
            if (!_queues.TryGetValue((side, price), out var queue)) _queues.Add((side, price), queue = []);
            queue.Add(number);
        }

        public void Remove(long number)
        {
            Book.Remove(Book.Find(number));
            Orders.Remove(number, out var order);
            var queue = _queues[(order.Side, order.Price)];
            queue.Remove(number);
            if (queue.Count == 0) _queues.Remove((order.Side, order.Price));
        }

        /// <summary>The best and oldest order of a side.</summary>
        public long? First(OrderSide side) => Book.Best(side) is var best && best == OrderBook.None ? null : Book.NumberOf(Book.Oldest(best));

        public void AssertSame()
        {
            Assert.Equal(Orders.Count, Book.Count);
            foreach (var side in new[] { OrderSide.Buy, OrderSide.Sell })
            {
                var queues = _queues.Where(queue => queue.Key.Side == side).OrderBy(queue => side == OrderSide.Buy ? -queue.Key.Price : queue.Key.Price).ToList();
                var at = Book.Best(side);
                foreach (var (key, expected) in queues)
                {
                    ref var level = ref Book.LevelAt(at);
                    Assert.Equal((key.Price, side, expected.Count, expected.Sum(number => Orders[number].Lots)), (level.PriceTicks, level.Side, level.Count, level.Lots));
                    Assert.True(OrderBook.HasFewStale(level));
                    var found = new List<long>();
                    foreach (var order in Book.QueueOf(at)) found.Add(Book.NumberOf(order));
                    Assert.Equal(expected, found);
                    Assert.Equal(expected[0], Book.NumberOf(Book.Oldest(at)));
                    at = Book.Worse(at);
                }
                Assert.Equal(OrderBook.None, at);
            }
            foreach (var (number, expected) in Orders)
            {
                var found = Book.Find(number);
                ref var order = ref Book.OrderAt(found);
                Assert.Equal((number, expected.Price, expected.Lots, expected.Lots, expected.Party), (Book.NumberOf(found), Book.LevelAt(order.Level).PriceTicks, order.Lots, order.TotalLots, order.Party));
                Assert.Equal(number % 5 == 0 ? $"{number}" : null, Book.ExtrasOf(found)?.ClientOrderId);
            }
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public void Whatever_is_added_removed_and_added_again_queues_are_as_plain_lists_would_be(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var (dice, books, last) = (new Dice(seed), new TwoBooks(), 0L);
        var (prices, most) = (dice.Of(2, 10, 300), dice.Of(20, 200, 1_500));
        for (var step = 0; step < 12_000; step++)
        {
            var side = dice.Of(OrderSide.Buy, OrderSide.Sell);
            long Price() => side == OrderSide.Buy ? 1_000 - dice.Below(prices) : 1_001 + dice.Below(prices);
            var dense = dice.Below(4) > 0;
            switch (dice.Below(10))
            {
                // Numbers go on, most often by one.
                case < 5 when books.Orders.Count < most:
                    last += dense ? 1 : 1 + dice.Below(700);
                    books.Add(last, side, Price(), 1 + dice.Below(1_000_000), dice.Below(2_000) - 1_000);
                    break;
                case < 7 when books.First(side) is { } first:
                    books.Remove(first);
                    break;
                case 7 when books.Orders.Count > 0:
                    // As an order is replaced: it leaves, and has another place, perhaps behind others of its price.
                    var replaced = books.Orders.ElementAt(dice.Below(books.Orders.Count));
                    books.Remove(replaced.Key);
                    side = replaced.Value.Side;
                    books.Add(replaced.Key, side, dice.OneIn(2) ? replaced.Value.Price : Price(), replaced.Value.Lots, replaced.Value.Party);
                    break;
                default:
                    if (books.Orders.Count > 0) books.Remove(books.Orders.ElementAt(dice.Below(books.Orders.Count)).Key);
                    break;
            }
            if (step % 97 == 0) books.AssertSame();
        }
        books.AssertSame();
        foreach (var number in books.Orders.Keys.ToList()) books.Remove(number);
        books.AssertSame();
        Assert.Equal((0, 0), (books.Book.Room, books.Book.PageCount));
    }

    [Fact]
    public void Few_orders_that_stay_of_many_take_room_for_few()
    {
        var (book, dice) = (new OrderBook(), new Dice(7));
        var staying = new List<long>();
        for (var number = 1L; number <= 300_000; number++)
        {
            book.Add(number, OrderSide.Buy, 1_000 - dice.Below(50), 1, 1, 0);
            // Of a hundred one stays; of the others each is cancelled at once or soon.
            if (number > 500 && (number - 500) % 100 != 0) book.Remove(book.Find(number - 500));
            else if (number > 500) staying.Add(number - 500);
        }
        output.WriteLine($"{book.Count} orders, room for {book.Room}, {book.PageCount} pages");
        Assert.All(staying, number => Assert.Equal(number, book.NumberOf(book.Find(number))));
        Assert.True(book.Room <= (8 * staying.Count) + 1_024, $"There is room for {book.Room} orders.");
    }

    [Fact]
    public void Entries_of_orders_that_are_gone_do_not_keep_pages_for_ever()
    {
        var book = new OrderBook();
        book.Add(1, OrderSide.Sell, 1_000, 1, 1, 0);
        book.Add(2, OrderSide.Sell, 1_000, 1, 1, 0);
        for (var number = 3L; number <= 200_000; number++)
        {
            book.Add(number, OrderSide.Sell, 1_000, 1, 1, 0);
            book.Remove(book.Find(number));
            Assert.True(OrderBook.HasFewStale(book.LevelAt(book.Best(OrderSide.Sell))));
        }
        Assert.InRange(book.PageCount, 1, 5);
        Assert.InRange(book.Room, 1, 3 * 64);
    }

    [Fact]
    public void A_ring_finds_what_it_still_has_and_nothing_else()
    {
        var ring = new Ring<long>(100);
        for (long added = 1; added <= 350; added++)
        {
            ring.Add(added);
            Assert.Equal(0, ring.AgeOf(added));
            var oldest = Math.Max(1, added - 99);
            Assert.Equal(added - oldest, ring.AgeOf(oldest));
            Assert.Equal(-1, ring.AgeOf(oldest - 1));
            Assert.Equal(-1, ring.AgeOf(added + 1));
        }
        ring.Add(340);
        Assert.Equal(0, ring.AgeOf(340));
    }

    [Fact]
    public void An_order_larger_than_the_bounds_stops_the_book()
    {
        var order = new Order(BookBounds.MaxLots, BookBounds.MaxLots, Order.MaxLevel, -Order.MaxParty);
        Assert.Equal((BookBounds.MaxLots, BookBounds.MaxLots, Order.MaxLevel, -Order.MaxParty), (order.Lots, order.TotalLots, order.Level, order.Party));
        order.Lots = 1;
        order.TotalLots = 2;
        Assert.Equal((1L, 2L, Order.MaxLevel, -Order.MaxParty), (order.Lots, order.TotalLots, order.Level, order.Party));
        Assert.True(2L * BookBounds.MaxRestingOrders <= Order.MaxParty && BookBounds.MaxRestingOrders <= Order.MaxLevel && BookBounds.MaxPriceTicks <= int.MaxValue);
        Assert.Throws<InvalidOperationException>(() => new Order(1, 1L << 40, 0, 0));
        Assert.Throws<InvalidOperationException>(() => new Order(1, 1, Order.MaxLevel + 1, 0));
        Assert.Throws<InvalidOperationException>(() => new Order(1, 1, 0, Order.MaxParty + 1));
    }
}
