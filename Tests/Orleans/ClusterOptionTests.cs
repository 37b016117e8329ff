using System.Collections;
using Rialto.Api.Options;
using Rialto.Silo;

namespace Rialto.Tests.OnOrleans;

/// <summary>What holds for a process of a cluster if nobody says anything.</summary>
public class ClusterOptionTests
{
    private static readonly string[] Cluster = ["--engine", "orleans", "--journal", "postgres", "--postgres", "Host=nowhere"];

    [Theory]
    [InlineData(true)]
    [InlineData(true, "--demo")]
    [InlineData(false, "--gateway")]
    [InlineData(false, "--rank", "2")]
    [InlineData(true, "--rank", "2", "--sample", "true")]
    [InlineData(false, "--sample", "false")]
    public void A_cluster_of_several_processes_has_no_sample_unless_it_is_asked_for(bool hasSample, params string[] options) =>
        Assert.Equal(hasSample, OptionsReader.Read([.. Cluster, .. options], new Hashtable()).Sample);

    [Fact]
    public void A_silo_is_told_of_a_collector_by_an_option_or_by_the_standard_variable()
    {
        string[] silo = ["--rank", "1", "--postgres", "Host=nowhere"];
        Assert.Null(SiloOptions.Read(silo, new Hashtable()).Otlp);
        var environment = new Hashtable { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://standard:4317" };
        Assert.Equal("standard", SiloOptions.Read(silo, environment).Otlp!.Host);
        Assert.Equal("given", SiloOptions.Read([.. silo, "--otlp", "http://given:4317"], environment).Otlp!.Host);
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317";
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", Assert.Throws<Rialto.Silo.BadOptionException>(() => SiloOptions.Read(silo, environment)).Message);
    }
}
