using System.CommandLine;

namespace Rialto.Cli.Commands;

/// <summary>Scripts that make a shell complete commands and options: each asks this program what could stand at the cursor.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _rialto() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(rialto "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _rialto rialto
        """;

    private const string Zsh = """
        _rialto() {
          local suggestions=("${(@f)$(rialto "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -a suggestions
        }
        compdef _rialto rialto
        """;

    private const string Fish = """
        complete --command rialto --arguments '(rialto "[suggest:"(commandline --cursor)"]" (commandline --current-process) 2>/dev/null)'
        """;

    private const string Pwsh = """
        Register-ArgumentCompleter -Native -CommandName rialto -ScriptBlock {
          param($word, $line, $cursor)
          rialto "[suggest:$cursor]" "$line" 2>$null | Where-Object { $_ -like "$word*" } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private static readonly Argument<string> Shell = new Argument<string>("shell") { Description = "Which shell." }.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");

    public static Command Create() => new Verb("completion", "A script that makes your shell complete commands and options.",
        "rialto completion bash >> ~/.bashrc", "rialto completion zsh >> ~/.zshrc", "rialto completion fish > ~/.config/fish/completions/rialto.fish", "rialto completion pwsh >> $PROFILE") { Shell }
        .Does(run =>
        {
            run.Screen.Say(run.Get(Shell) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => Pwsh });
            return Task.CompletedTask;
        });
}
