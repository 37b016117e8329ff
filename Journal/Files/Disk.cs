using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rialto.Journal.Files;

/// <summary>The few things that are asked of a disk when something must be durable; tests put one in its place that fails.</summary>
internal class Disk
{
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    public virtual void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    public virtual void Truncate(SafeFileHandle file, long length)
    {
        RandomAccess.SetLength(file, length);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>
    /// Makes a file's name durable, which on Unix belongs to its folder. Windows has no such call for ordinary programs: NTFS journals names itself.
    /// </summary>
    public virtual void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Libc.Open(folder, 0);
        if (descriptor < 0) throw new IOException($"Cannot open the folder {folder} to flush it: {Marshal.GetLastPInvokeErrorMessage()}.");
        try
        {
            if (Libc.Fsync(descriptor) != 0) throw new IOException($"Cannot flush the folder {folder}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    private static class Libc
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        public static extern int Close(int descriptor);
    }
}
