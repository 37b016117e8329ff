using Rialto.Tests.Api;

namespace Rialto.Tests.OnOrleans;

// The scenarios over HTTP that the embedded engine is held to, on Orleans: three silos in the server's process.

/// <summary>A server on Orleans, without sample data.</summary>
public sealed class OrleansServer : LiveServer
{
    public override string Engine => "orleans";
}

public sealed class AuctionTestsOnOrleans(OrleansServer server) : AuctionTests(server), IClassFixture<OrleansServer>;

public sealed class SealedBidTestsOnOrleans(OrleansServer server) : SealedBidTests(server), IClassFixture<OrleansServer>;

public sealed class LedgerTestsOnOrleans(OrleansServer server) : LedgerTests(server), IClassFixture<OrleansServer>;

public sealed class IdempotencyTestsOnOrleans(OrleansServer server) : IdempotencyTests(server), IClassFixture<OrleansServer>;

public sealed class ReadingTestsOnOrleans(OrleansServer server) : ReadingTests(server), IClassFixture<OrleansServer>;

public sealed class DispatchTestsOnOrleans(OrleansServer server) : DispatchTests(server), IClassFixture<OrleansServer>;

public sealed class OrdersTestsOnOrleans(OrleansServer server) : OrdersTests(server), IClassFixture<OrleansServer>;

public sealed class CauseTestsOnOrleans(OrleansServer server) : CauseTests(server), IClassFixture<OrleansServer>;

public sealed class ListingTestsOnOrleans(OrleansServer server) : ListingTests(server), IClassFixture<OrleansServer>;

public sealed class FrontDoorTestsOnOrleans(OrleansServer server) : FrontDoorTests(server), IClassFixture<OrleansServer>;

public sealed class RefusalTestsOnOrleans(RefusalTestsOnOrleans.MarketOnOrleans market) : RefusalTests(market), IClassFixture<RefusalTestsOnOrleans.MarketOnOrleans>
{
    public sealed class MarketOnOrleans : Market
    {
        public override LiveServer Server { get; } = new OrleansServer();
    }
}

public sealed class ClusterTestsOnOrleans : ClusterTests
{
    protected override string Engine => "orleans";
}

public sealed class ReadmeTestsOnOrleans : ReadmeTests
{
    protected override string Engine => "orleans";
}
