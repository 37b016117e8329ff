using Xunit.Abstractions;
using Xunit.Sdk;

namespace Rialto.Tests.Support;

/// <summary>A test that needs PostgreSQL; where there is none it is skipped, and the summary says why.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = LocalPostgres.Unavailable;
}

/// <summary>A test that stops a PostgreSQL server; where there is none that may be stopped it is skipped, and the summary says why.</summary>
public sealed class StoppablePostgresFactAttribute : FactAttribute
{
    public StoppablePostgresFactAttribute() => Skip = LocalPostgres.Unstoppable;
}

/// <summary>A theory that needs PostgreSQL; where there is none it is skipped, and the summary says why.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = LocalPostgres.Unavailable;
}

/// <summary>A class all of whose <see cref="ContractFactAttribute"/> tests need PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>A test of a contract, in a base class: run for each home of it, and skipped for those that are not at hand.</summary>
[XunitTestCaseDiscoverer("Rialto.Tests.Support.ContractFactDiscoverer", "Rialto.Tests")]
public sealed class ContractFactAttribute : FactAttribute;

public sealed class ContractFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        new ContractTestCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method);
}

public sealed class ContractTestCase : XunitTestCase
{
    [Obsolete("For the serializer of tests only.", error: true)]
    public ContractTestCase()
    {
    }

    public ContractTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) =>
        TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute).AssemblyQualifiedName).Any()
            ? LocalPostgres.Unavailable
            : base.GetSkipReason(factAttribute);
}
