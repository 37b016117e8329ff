using System.Reflection;
using Rialto.GrainInterfaces;

namespace Rialto.Tests.OnOrleans;

/// <summary>What silos of two versions say to each other during an upgrade: names that were once used are not changed.</summary>
public class ContractTests
{
    private static readonly string[] Expected =
    [
        "rialto.auction",
        "rialto.book",
        "rialto.coordinator: append(AppendBatch) AppendAnswer, elect() Boolean, reconcile() ReconcileAnswer, view() ClusterReport",
        "rialto.entity: execute(EntityCommand) EntityReply, query(EntityQuestion) EntityAnswer",
        "rialto.ledger",
        "rialto.node: greet(Int32, Int32) one way, report() NodeReport, signal(SignalLetter) one way, tell(NodeLetter) one way",
        "rialto.region",
        "rialto.shelf",
        "rialto.stock",
        "rialto.watch",
    ];

    [Fact]
    public void The_contracts_of_grains_and_services_stay_as_they_are() => Assert.Equal(Expected, typeof(IEntityGrain).Assembly.GetTypes()
        .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)) && type.GetCustomAttribute<AliasAttribute>() is not null)
        .Select(Describe).Order(StringComparer.Ordinal));

    private static string Describe(Type contract)
    {
        var methods = contract.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(Describe).Order(StringComparer.Ordinal).ToList();
        var name = contract.GetCustomAttribute<AliasAttribute>()!.Alias;
        return methods.Count == 0 ? name : $"{name}: {string.Join(", ", methods)}";
    }

    private static string Describe(MethodInfo method)
    {
        var takes = string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name));
        var gives = method.ReturnType.GetGenericArguments() is [var answer] ? answer.Name : "one way";
        return $"{method.GetCustomAttribute<AliasAttribute>()!.Alias}({takes}) {gives}";
    }
}
