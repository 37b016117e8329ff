using System.Collections;
using Rialto.Api.Options;

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
}
