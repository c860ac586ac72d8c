package dev.chatgateway.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** CPU time and memory of a process on this machine, from Linux's /proc. */
record ServerCost(double cpuSeconds, long pssBytes) {
    private static final double TICKS_PER_SECOND = 100;
    /** Fields 14 and 15 of proc(5) stat, user and system time, counted after the process name. */
    private static final int USER_TIME = 11;

    /** Empty if there is no such process or no /proc. */
    static Optional<ServerCost> of(long pid) {
        Path proc = Path.of("/proc", Long.toString(pid));
        try {
            String stat = Files.readString(proc.resolve("stat"));
            List<String> fields =
                    List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
            double ticks = Double.parseDouble(fields.get(USER_TIME)) + Double.parseDouble(fields.get(USER_TIME + 1));
            long pss = Files.readAllLines(proc.resolve("smaps_rollup")).stream()
                    .filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
            return Optional.of(new ServerCost(ticks / TICKS_PER_SECOND, pss * 1024));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
