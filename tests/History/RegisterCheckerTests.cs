using Xunit;

namespace RustFs.Tests.History;

/// <summary>The checker against histories whose verdict is known.</summary>
public sealed class RegisterCheckerTests
{
    [Fact]
    public void One_after_another_is_fine() => AssertGood(
        Put(1, 0, 1), Get(1, 2, 3), PutIfMatch(1, 2, 4, 5), Get(2, 6, 7), Delete(8, 9), Get(0, 10, 11), PutIfAbsent(3, 12, 13),
        Get(3, 14, 15));

    [Fact]
    public void A_read_during_a_write_may_find_either() => AssertGood(Put(1, 0, 1), Put(2, 2, 9), Get(1, 3, 4), Get(2, 5, 6));

    [Fact]
    public void A_stale_read_is_found() => AssertBad(Put(1, 0, 1), Put(2, 2, 3), Get(1, 4, 5));

    [Fact]
    public void A_value_that_comes_and_goes_is_found() => AssertBad(Put(1, 0, 1), Put(2, 2, 9), Get(2, 3, 4), Get(1, 5, 6));

    [Fact]
    public void A_value_nobody_wrote_is_found() => AssertBad(Put(1, 0, 1), Get(7, 2, 3));

    [Fact]
    public void A_read_of_what_was_deleted_is_found() => AssertBad(Put(1, 0, 1), Delete(2, 3), Get(1, 4, 5));

    [Fact]
    public void A_lost_update_is_found() => AssertBad(Put(1, 0, 1), PutIfMatch(1, 2, 2, 6), PutIfMatch(1, 3, 3, 5));

    [Fact]
    public void A_lost_update_is_found_with_the_second_refused() => AssertGood(
        Put(1, 0, 1), PutIfMatch(1, 2, 2, 6), PutIfMatch(1, 3, 3, 5) with { Outcome = RegisterOutcome.Refused });

    [Fact]
    public void Two_creations_are_found() => AssertBad(PutIfAbsent(1, 0, 5), PutIfAbsent(2, 1, 6));

    [Fact]
    public void A_refusal_without_a_reason_is_found() =>
        AssertBad(Put(1, 0, 1), PutIfMatch(1, 2, 2, 3) with { Outcome = RegisterOutcome.Refused });

    [Fact]
    public void An_unknown_write_may_have_happened_or_not()
    {
        RegisterOperation unknown = Put(2, 2, 10) with { Outcome = RegisterOutcome.Unknown };
        AssertGood(Put(1, 0, 1), unknown, Get(1, 3, 4), Get(2, 5, 6));
        AssertGood(Put(1, 0, 1), unknown, Get(1, 3, 4), Get(1, 11, 12));
        AssertGood(Put(1, 0, 1), unknown, Get(1, 3, 4), Get(2, 11, 12));
    }

    [Fact]
    public void An_unknown_write_does_not_happen_twice_nor_after_its_end()
    {
        RegisterOperation unknown = Put(2, 2, 10) with { Outcome = RegisterOutcome.Unknown };
        AssertBad(Put(1, 0, 1), unknown, Get(2, 3, 4), Put(3, 5, 6), Get(2, 7, 8));
        AssertBad(Put(1, 0, 1), unknown, Get(1, 11, 12), Get(2, 13, 14));
    }

    [Fact]
    public void Batches_continue_one_another()
    {
        var checker = new RegisterChecker();
        checker.Check([Put(1, 0, 1)]);
        checker.Check([Get(1, 2, 3)]);
        Assert.Null(checker.Fault);
        checker.Check([Get(0, 4, 5)]);
        Assert.NotNull(checker.Fault);
    }

    /// <summary>Short random histories, right and wrong ones, against the plain trying of all orders.</summary>
    [Fact]
    public void It_agrees_with_trying_every_order()
    {
        var random = new Random(33);
        int good = 0, bad = 0;
        for (int round = 0; round < 20_000; round++)
        {
            RegisterOperation[] history = RandomHistory(random);
            var checker = new RegisterChecker();
            checker.Check(history);
            bool isGood = HasOrder(history, 0, RegisterOperation.Absent);
            Assert.True(isGood == checker.Fault is null, string.Join('\n', history) + $"\norder exists: {isGood}");
            if (isGood) good++;
            else bad++;
        }
        Assert.InRange(good, 2000, 18_000);
        Assert.InRange(bad, 2000, 18_000);
    }

    private static RegisterOperation[] RandomHistory(Random random)
    {
        var history = new RegisterOperation[random.Next(2, 7)];
        for (int index = 0; index < history.Length; index++)
        {
            var call = (RegisterCall)random.Next(5);
            int at = random.Next(12);
            bool isPut = call is RegisterCall.Put or RegisterCall.PutIfMatch or RegisterCall.PutIfAbsent;
            history[index] = new RegisterOperation
            {
                Call = call,
                Value = isPut ? index + 1 : call == RegisterCall.Get ? random.Next(history.Length + 1) : 0,
                Expected = random.Next(1, history.Length + 1),
                Outcome = random.Next(4) == 0 ? RegisterOutcome.Unknown
                    : call is RegisterCall.PutIfMatch or RegisterCall.PutIfAbsent && random.Next(2) == 0 ? RegisterOutcome.Refused
                    : RegisterOutcome.Ok,
                CalledAt = at,
                EndedAt = at + random.Next(8),
            };
        }
        return history;
    }

    private static bool HasOrder(RegisterOperation[] history, int done, int state)
    {
        bool isAllDone = true;
        for (int index = 0; index < history.Length; index++)
        {
            if ((done & (1 << index)) != 0) continue;
            RegisterOperation operation = history[index];
            bool isUnknown = operation.Outcome == RegisterOutcome.Unknown;
            isAllDone &= isUnknown;
            bool isBlocked = false;
            for (int other = 0; other < history.Length; other++)
                isBlocked |= (done & (1 << other)) == 0 && other != index && history[other].EndedAt < operation.CalledAt;
            if (isBlocked) continue;
            if (isUnknown && HasOrder(history, done | (1 << index), state)) return true;
            if (operation.TryApply(state, out int next) && HasOrder(history, done | (1 << index), next)) return true;
        }
        return isAllDone;
    }

    private static void AssertGood(params RegisterOperation[] history)
    {
        var checker = new RegisterChecker();
        checker.Check(history);
        Assert.Null(checker.Fault);
        Assert.Equal(history.Length, checker.CheckedCount);
    }

    private static void AssertBad(params RegisterOperation[] history)
    {
        var checker = new RegisterChecker();
        checker.Check(history);
        Assert.NotNull(checker.Fault);
    }

    private static RegisterOperation Put(int value, long from, long to) => Of(RegisterCall.Put, value, from, to);

    private static RegisterOperation Get(int value, long from, long to) => Of(RegisterCall.Get, value, from, to);

    private static RegisterOperation Delete(long from, long to) => Of(RegisterCall.Delete, 0, from, to);

    private static RegisterOperation PutIfAbsent(int value, long from, long to) => Of(RegisterCall.PutIfAbsent, value, from, to);

    private static RegisterOperation PutIfMatch(int expected, int value, long from, long to) =>
        Of(RegisterCall.PutIfMatch, value, from, to) with { Expected = expected };

    private static RegisterOperation Of(RegisterCall call, int value, long from, long to) =>
        new() { Call = call, Value = value, CalledAt = from, EndedAt = to };
}
