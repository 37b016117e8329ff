namespace Rialto.Tests.Web;

/// <summary>A test of the console as it was built; where it was not built, it is skipped, and the summary says why.</summary>
public sealed class ConsoleFactAttribute : FactAttribute
{
    public ConsoleFactAttribute() => Skip = Browser.ConsoleMissing;
}

/// <summary>A test in a browser; where there is none, or no console to look at, it is skipped, and the summary says why.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.ConsoleMissing ?? Browser.Missing;
}

/// <summary>The same for a test with several cases.</summary>
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Browser.ConsoleMissing ?? Browser.Missing;
}
