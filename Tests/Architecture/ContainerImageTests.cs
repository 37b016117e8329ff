using Rialto.Tests.Support;

namespace Rialto.Tests.Architecture;

/// <summary>What the container image is made of. Docker itself is not asked.</summary>
public class ContainerImageTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(House.Root, "Dockerfile"));

    [Fact]
    public void The_console_is_built_where_Node_js_is_and_taken_over_before_the_API_is_published()
    {
        var stage = Array.FindIndex(Lines, line => line.StartsWith("FROM node:", StringComparison.Ordinal) && line.EndsWith(" AS console", StringComparison.Ordinal));
        Assert.True(stage >= 0, "No stage of the Dockerfile has Node.js.");
        var taken = Array.FindIndex(Lines, line => line == "COPY --from=console /console/ Api/obj/console/");
        var sources = Array.FindIndex(Lines, line => line == "COPY . .");
        var published = Array.FindIndex(Lines, line => line.Contains("dotnet publish Api/Api.csproj", StringComparison.Ordinal));
        Assert.True(stage < sources && sources < taken && taken < published);
        Assert.Contains("<ConsoleFolder>$(MSBuildThisFileDirectory)obj/console/</ConsoleFolder>", File.ReadAllText(Path.Combine(House.Root, "Api", "Api.csproj")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_whose_front_door_has_no_console_is_not_made() =>
        Assert.Contains(Lines, line => line.Contains("test -f /out/front-door/wwwroot/index.html", StringComparison.Ordinal));

    [Fact]
    public void What_was_built_or_installed_outside_stays_outside()
    {
        var ignored = File.ReadAllLines(Path.Combine(House.Root, ".dockerignore"));
        foreach (var folder in new[] { "**/bin", "**/obj", "**/node_modules", ".git" }) Assert.Contains(folder, ignored);
    }
}
