using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Cli;

/// <summary>One command while it runs: what was given, the market that it talks to, and the screen that it writes to.</summary>
internal sealed class Run : IDisposable
{
    private readonly ParseResult _given;
    private readonly string _key;

    public Run(ParseResult given, CancellationToken ending)
    {
        _given = given;
        Ending = ending;
        Terminal = (Terminal)given.InvocationConfiguration;
        Screen = new Screen(Terminal);
        IsJson = given.GetValue(Globals.Json);
        _key = given.GetValue(Globals.Key) ?? Market.NewKey();
        Market = new Market(
            given.GetValue(Globals.Server) ?? Environment.GetEnvironmentVariable("RIALTO_SERVER"),
            given.GetValue(Globals.As) ?? Environment.GetEnvironmentVariable("RIALTO_ACTOR"),
            Screen.Note);
    }

    public Terminal Terminal { get; }

    public Screen Screen { get; }

    public Market Market { get; }

    public bool IsJson { get; }

    /// <summary>Set when somebody presses Ctrl-C.</summary>
    public CancellationToken Ending { get; }

    public T Get<T>(Argument<T> argument) => _given.GetValue(argument)!;

    public T? Get<T>(Option<T> option) => _given.GetValue(option);

    public Task<Reply> GetAsync(FormattableString path, params (string Name, object? Value)[] query) => Market.GetAsync(Route.To(path, query), Ending);

    /// <summary>Sends this command's one write, with its key.</summary>
    public Task<Reply> PostAsync(FormattableString path, params (string Name, JsonNode? Value)[] fields) => SendAsync(HttpMethod.Post, path, fields);

    /// <inheritdoc cref="PostAsync"/>
    public Task<Reply> SendAsync(HttpMethod method, FormattableString path, params (string Name, JsonNode? Value)[] fields) =>
        Market.SendAsync(method, Route.To(path), Body.Of(fields), _key, Ending);

    /// <summary>Sends a file as this command's one write, with its key, and shows how much of it is sent.</summary>
    public Task<Reply> UploadAsync(FormattableString path, byte[] file, string mediaType, params (string Name, object? Value)[] query) =>
        Screen.ProgressAsync("Sending", progress => Market.UploadAsync(Route.To(path, query), file, mediaType, _key, progress, Ending));

    /// <summary>An option as the field of a request that is called as it is; null if it was not given.</summary>
    public (string Name, JsonNode? Value) Field(Option option) => (Route.FieldOf(option.Name), option switch
    {
        Option<string?> text => Get(text),
        Option<decimal?> amount => Get(amount),
        Option<int?> number => Get(number),
        Option<bool?> choice => Get(choice),
        Option<string[]?> words => Body.Words(Get(words) ?? []),
        _ => throw new System.Diagnostics.UnreachableException($"{option.Name} is of no type that a field has."),
    });

    /// <summary>The same as a question after an address.</summary>
    public (string Name, object? Value) Question(Option option) => (Route.FieldOf(option.Name), Field(option).Value);

    /// <summary>Shows an answer: as the server gave it, or for people.</summary>
    public void Show(Reply reply, Action<Screen, JsonElement> show)
    {
        if (IsJson) Terminal.Output.WriteLine(reply.Text);
        else show(Screen, reply.Json);
        if (reply.IsReplayed) Screen.Note("This had been done before with the same key; nothing was done twice.");
    }

    /// <summary>Shows a page of a list, and says so if there are more.</summary>
    public void ShowList(Reply reply, string empty, params string[] fields) => Show(reply, (screen, json) =>
    {
        screen.Table(json.Items(), empty, fields);
        if (json.Word("next") is { Length: > 0 }) screen.Note("There are more: see --limit.");
    });

    public void Dispose() => Market.Dispose();
}

/// <summary>Addresses on the server, from parts that anybody may have typed.</summary>
internal static class Route
{
    public static string To(FormattableString path, params (string Name, object? Value)[] query)
    {
        var parts = path.GetArguments().Select(part => Text(part) is var text && text is "" or "." or ".."
            ? throw new Failure(ExitCode.BadUsage, $"'{text}' is no name.")
            : (object)Uri.EscapeDataString(text)).ToArray();
        var asked = query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(Text(pair.Value))}");
        return string.Join('?', new[] { string.Format(CultureInfo.InvariantCulture, path.Format, parts), string.Join('&', asked) }.Where(part => part.Length > 0));
    }

    /// <summary><c>--minimum-bid</c> is <c>minimumBid</c>.</summary>
    public static string FieldOf(string option)
    {
        var words = option.TrimStart('-').Split('-');
        return string.Concat(words.Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}

/// <summary>Bodies of requests.</summary>
internal static class Body
{
    /// <summary>An object with these fields, but for those that nobody gave.</summary>
    public static JsonObject Of(params (string Name, JsonNode? Value)[] fields) =>
        new(fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, field.Value)));

    /// <summary>A list; null if there is nothing in it.</summary>
    public static JsonArray? Words(string[] words) => words.Length == 0 ? null : new JsonArray([.. words.Select(word => (JsonNode)word)]);
}
