using Rialto.Journal;
using Rialto.Markets.Orders;

namespace Rialto.Tests.Markets;

public sealed class OrdersStockTests
{
    internal static Stage Listed(string name = "GameStart", long quantity = 100)
    {
        var stock = new Stage(new Stock(), name);
        stock.Accept("eva", new ListStock(15_99, quantity));
        return stock;
    }

    [Fact]
    public void Buying_takes_from_the_quantity_and_selling_adds_to_it_at_the_catalogs_price()
    {
        var stock = Listed();
        Assert.Equal(new StockTraded(OrderSide.Buy, 30, 15_99, "ann"), Assert.Single(stock.Accept("ann", new TradeStock(OrderSide.Buy, 30))));
        stock.Accept("bob", new TradeStock(OrderSide.Sell, 5));
        stock.Accept("eva", new AdjustStock(-75));
        Assert.Equal(new StockView("GameStart", 15.99m, 0), stock.Ask<StockView>(new GetStock()));
        stock.HoldsItsMemory();
    }

    [Fact]
    public void Every_no_of_the_dealer_has_its_code()
    {
        var none = new Stage(new Stock(), "GameStart");
        none.Refuse("ann", new TradeStock(OrderSide.Buy, 1), "stock-not-found");
        none.Refuse("ann", new ListStock(0, 1), "out-of-range");
        none.Refuse("ann", new ListStock(1, -1), "out-of-range");
        Assert.Equal("stock-not-found", none.RefusalOf(new GetStock()));
        new Stage(new Stock(), "orders").Refuse("ann", new ListStock(1, 1), "invalid-name");
        var stock = Listed();
        stock.Refuse("ann", new ListStock(1, 1), "stock-exists");
        stock.Refuse("ann", new TradeStock(OrderSide.Buy, 0), "out-of-range");
        stock.Refuse("ann", new TradeStock(OrderSide.Sell, StockBounds.MaxQuantity), "too-many");
        stock.Refuse("ann", new AdjustStock(-101), "insufficient-stock");
        Assert.Equal(100, stock.Refuse("ann", new TradeStock(OrderSide.Buy, 101), "insufficient-stock").Fields.Single().Number);
        Assert.Equal(100, stock.Ask<StockView>(new GetStock()).Quantity);
    }

    [Fact]
    public void Orders_of_all_stocks_are_numbered_in_the_journals_order_without_a_gap()
    {
        var (one, other, board) = (Listed("A"), Listed("B"), new StockBoard());
        foreach (var stock in new[] { one, other, one, one, other }) stock.Accept("ann", new TradeStock(OrderSide.Buy, 1));
        one.Accept("eva", new AdjustStock(5));
        // First all of one, then all of the other: listing and adjusting take no number.
        var seq = Feed.Into(board, one);
        seq = Feed.Into(board, other, seq);
        Assert.Equal(5, board.OrderCount);
        Assert.Equal([1L, 2, 3], board.OrdersAfter(0, 3).Items.Select(order => order.Number));
        Assert.Equal("3", board.OrdersAfter(0, 3).Next);
        Assert.Equal(["B", "B"], board.OrdersAfter(3, 100).Items.Select(order => order.Name));
        Assert.Empty(board.OrdersAfter(long.MaxValue, 10).Items);
        Assert.Equal(board.Find(4)!.Number, board.At(new Seq(board.Find(4)!.Seq))!.Number);
        Assert.Null(board.At(new Seq(1)));
        Assert.Null(board.Find(0));
        Assert.Null(board.Find(6));
        Assert.Equal([("A", 102L), ("B", 98L)], board.List(null, 10).Items.Select(stock => (stock.Name, stock.Quantity)));
        Assert.Equal("A", board.List(null, 1).Next);
        Assert.Equal("B", Assert.Single(board.List("A", 1).Items).Name);
    }
}
