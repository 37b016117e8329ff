using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Rialto.Tests.Support;

/// <summary>
/// The real server in a process of its own, on a free port of the loopback address, with a data folder of its own unless it is given one, and
/// on the embedded engine unless another is named.
/// What it prints is kept and shown when something goes wrong. It is killed, and its folder removed, when this is disposed of or the tests end.
/// </summary>
internal sealed class RialtoProcess : IAsyncDisposable
{
    private const int ReadyTimeoutMs = 60_000;
    private const int ExitTimeoutMs = 30_000;
    private const int SignalTerminate = 15;

    private readonly Lock _gate = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Dictionary<string, string> _environment;
    private readonly string[] _options;
    private readonly string? _ownFolder;
    private readonly string _folder;
    private readonly string _sources;
    private readonly HttpClient _http;
    private Process? _process;

    private RialtoProcess(int port, string sources, string? folder, Dictionary<string, string> environment, string[] options)
    {
        Port = port;
        _sources = sources;
        _environment = environment;
        _options = options.Contains("--engine") ? options : ["--engine", "embedded", .. options];
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(Address),
            Timeout = TimeSpan.FromSeconds(30),
        };
        _ownFolder = folder is null ? Directory.CreateTempSubdirectory("rialto-server-").FullName : null;
        _folder = folder ?? _ownFolder!;
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public string DataFolder => Path.Combine(_folder, "data");

    /// <summary>What it has printed since it was first started.</summary>
    public string Output
    {
        get { lock (_gate) return _output.ToString(); }
    }

    public string Errors
    {
        get { lock (_gate) return _errors.ToString(); }
    }

    /// <summary>A client without proxy, cookies or redirects, with this server's address.</summary>
    public HttpClient Http => _http;

    /// <summary>How far the journal went with the newest write that it answered to one of the tests' clients.</summary>
    public NewestWrite Written { get; } = new();

    /// <summary>Starts a server and returns when it is ready.</summary>
    /// <param name="options">Options beyond address and data folder.</param>
    public static Task<RialtoProcess> StartAsync(params string[] options) => StartInAsync(null, options);

    /// <summary>Starts a server on a folder that outlives it.</summary>
    public static Task<RialtoProcess> StartInAsync(string? folder, params string[] options) => StartInAsync(House.Root, folder, [], options);

    /// <summary>Starts the server of another source tree, built in the same configuration: an earlier version, to be measured beside this one.</summary>
    public static Task<RialtoProcess> StartFromAsync(string sources, params string[] options) => StartInAsync(sources, null, [], options);

    /// <summary>Starts a server with settings in its environment.</summary>
    public static Task<RialtoProcess> StartWithAsync(Dictionary<string, string> environment, params string[] options) => StartInAsync(House.Root, null, environment, options);

    private static async Task<RialtoProcess> StartInAsync(string sources, string? folder, Dictionary<string, string> environment, string[] options)
    {
        var server = new RialtoProcess(Ports.Free(), sources, folder, environment, options);
        try
        {
            await server.RestartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the server with exactly these arguments until it ends by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunToEndAsync(params string[] arguments)
    {
        using var process = Launch(House.Root, [], arguments);
        using var patience = new CancellationTokenSource(ExitTimeoutMs);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"The server with {string.Join(' ', arguments)} did not end within {ExitTimeoutMs} ms.");
        }
    }

    /// <summary>Starts it again, on the same port and data; returns when it is ready.</summary>
    public async Task RestartAsync()
    {
        if (_process is { HasExited: false }) throw new InvalidOperationException("The server still runs.");
        _process?.Dispose();
        _process = Launch(_sources, _environment, ["--urls", Address, "--data", DataFolder, .. _options]);
        Keep(_process.StandardOutput, _output);
        Keep(_process.StandardError, _errors);
        await WaitUntilReadyAsync();
    }

    /// <summary>SIGKILL, by its process id.</summary>
    public void KillHard()
    {
        var process = Running();
        process.Kill();
        if (!process.WaitForExit(ExitTimeoutMs)) throw new TimeoutException($"The server did not die within {ExitTimeoutMs} ms.");
    }

    /// <summary>SIGTERM; returns the exit code once it has ended.</summary>
    public async Task<int> TerminateAsync()
    {
        var process = Running();
        if (SendSignal(process.Id, SignalTerminate) != 0) throw new InvalidOperationException($"The server could not be signalled ({Marshal.GetLastPInvokeError()}).");
        using var patience = new CancellationTokenSource(ExitTimeoutMs);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The server did not end within {ExitTimeoutMs} ms of SIGTERM.{Told()}");
        }
    }

    public ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        CleanUp();
        return ValueTask.CompletedTask;
    }

    /// <summary>What it printed, for the message of a failure.</summary>
    public string Told() => $"{Environment.NewLine}--- stdout{Environment.NewLine}{Output}--- stderr{Environment.NewLine}{Errors}";

    private async Task WaitUntilReadyAsync()
    {
        var waited = Stopwatch.StartNew();
        while (waited.ElapsedMilliseconds < ReadyTimeoutMs)
        {
            if (_process!.HasExited) throw new InvalidOperationException($"The server ended with {_process.ExitCode} before it was ready.{Told()}");
            try
            {
                using var answer = await _http.GetAsync("/health/ready");
                if (answer.StatusCode == HttpStatusCode.OK) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
            await Task.Delay(20);
        }
        throw new TimeoutException($"The server was not ready within {ReadyTimeoutMs} ms.{Told()}");
    }

    private Process Running() => _process is { HasExited: false } running ? running : throw new InvalidOperationException($"The server does not run.{Told()}");

    private void Keep(StreamReader from, StringBuilder into) => _ = Task.Run(async () =>
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_gate) into.AppendLine(line);
        }
    });

    private void KillAtExit(object? sender, EventArgs e) => CleanUp();

    private void CleanUp()
    {
        if (_process is { HasExited: false }) KillHard();
        _http.Dispose();
        if (_ownFolder is not null && Directory.Exists(_ownFolder)) Directory.Delete(_ownFolder, recursive: true);
    }

    /// <summary>The tests need the Api, so it was built in the same configuration, in its own folder.</summary>
    private static Process Launch(string sources, Dictionary<string, string> environment, string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(sources, "Api", "bin", configuration, "net10.0", "Rialto.Api.dll");
        if (!File.Exists(program)) throw new InvalidOperationException($"The server was not built: {program} is missing.");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var setting in start.Environment.Keys.Where(IsForeign).ToList()) start.Environment.Remove(setting);
        foreach (var (setting, value) in environment) start.Environment[setting] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Settings of the test run, or of the machine, that would change what the server does.</summary>
    private static bool IsForeign(string setting) =>
        setting.StartsWith("RIALTO_", StringComparison.OrdinalIgnoreCase) || setting.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || setting.StartsWith("PG", StringComparison.Ordinal) || setting.StartsWith("OTEL_", StringComparison.Ordinal);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}

/// <summary>The newest place of the journal that a server has answered a write with.</summary>
internal sealed class NewestWrite
{
    private long _seq;

    public long Seq => Volatile.Read(ref _seq);

    public void Take(long seq)
    {
        for (var known = Seq; seq > known && Interlocked.CompareExchange(ref _seq, seq, known) != known;) known = Seq;
    }
}
